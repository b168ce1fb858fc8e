//! Figures of a radiomics study as a scene of paths and text, written as SVG, PNG and PDF.
