//! Values of options that more than one command has.

/// A confidence level, between 0 and 1.
pub(crate) fn confidence_level(text: &str) -> Result<f64, String> {
    let level = text.parse::<f64>().ok();
    let level = level.filter(|level| *level > 0.0 && *level < 1.0);
    level.ok_or_else(|| "a level lies between 0 and 1; write it as in 0.95".to_owned())
}

/// A time to look at, 0 or more.
pub(crate) fn at_times(text: &str) -> Result<f64, String> {
    let time = text.trim().parse::<f64>().ok();
    let time = time.filter(|time| *time >= 0.0 && time.is_finite());
    time.ok_or_else(|| "a time is a number from 0, in the unit of --time".to_owned())
}

/// An option that lies between 0 and 1, such as a threshold.
pub(crate) fn share(text: &str) -> Result<f64, String> {
    let value = text.trim().parse::<f64>().ok();
    let inside = value.filter(|value| *value > 0.0 && *value < 1.0);
    inside.ok_or_else(|| "it must be a number between 0 and 1, such as 0.95".to_owned())
}
