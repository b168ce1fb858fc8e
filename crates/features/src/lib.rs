//! Radiomic features of a region of interest, as PyRadiomics defines them.
