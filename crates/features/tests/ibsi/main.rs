//! Every family against the IBSI's reference values: the digital phantom from numbers in the tree.

mod ct_phantom;
mod digital_phantom;
mod direction_matrices;
mod extraction;
mod intensities;
mod morphology;
mod regions;
mod zone_matrices;
