//! Net benefit of deciding by a model, over threshold probabilities (Vickers and Elkin 2006).
