//! Every family against the IBSI's reference values: the digital phantom from numbers in the tree.

mod digital_phantom;
mod regions;
mod zone_matrices;
