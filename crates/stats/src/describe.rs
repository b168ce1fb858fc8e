//! Mean, standard deviation, quantiles and ranks.
