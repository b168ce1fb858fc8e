//! Regression models: logistic, elastic net, Cox.
