//! The survival endpoint of a study: times and events as columns, or as dates.

use chrono::NaiveDate;
use radiome_stats::describe::quantile;
use radiome_stats::nomogram::pretty;
use serde::{Deserialize, Serialize};

use super::Problem;
use super::cohort::missing_column;
use crate::results::Warning;
use crate::table::{Table, is_missing};

/// Round times aimed at where the study file names none.
const ROUND_TIMES: usize = 4;
/// Days of a year on average, leap years counted.
const DAYS_OF_A_YEAR: f64 = 365.25;

/// The survival endpoint, as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SurvivalSettings {
    /// Column of the time to the event or to the last follow-up.
    pub time: Option<String>,
    /// Column that is 1 for an event and 0 for censoring.
    pub event: Option<String>,
    /// Column of the date from which time runs.
    pub start: Option<String>,
    /// Column of the date of the event or of the last follow-up.
    pub end: Option<String>,
    /// Column of the date of the event, empty where there was none.
    pub event_date: Option<String>,
    /// Column of the date until which a patient without an event was followed, or one date for all.
    pub censored_on: Option<String>,
    /// Unit of the times that dates give; days when left out.
    pub unit: Option<TimeUnit>,
    /// Columns within whose values the groups of the models are compared.
    pub strata: Vec<String>,
    /// Times at which the nomogram with the stage gives the survival, and at which the AUC and the
    /// net benefit of survival are told, in the unit of the times.
    /// Left out: round times within the follow-up of the training patients.
    pub at: Vec<f64>,
}

/// Units of time between two dates.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    /// Days.
    #[default]
    Days,
    /// Twelfths of a year of 365.25 days: 30.4375 days.
    Months,
    /// Years of 365.25 days.
    Years,
}

impl TimeUnit {
    /// Days of one unit.
    #[must_use]
    pub fn days(self) -> f64 {
        match self {
            Self::Days => 1.0,
            Self::Months => DAYS_OF_A_YEAR / 12.0,
            Self::Years => DAYS_OF_A_YEAR,
        }
    }

    /// The word in the study file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Days => "days",
            Self::Months => "months",
            Self::Years => "years",
        }
    }
}

/// What the endpoint means.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Endpoint<'a> {
    /// Time and event are there.
    Columns { time: &'a str, event: &'a str },
    /// Time runs from `start` to `end`; `event` says what happened then.
    Dates {
        start: &'a str,
        end: &'a str,
        event: &'a str,
    },
    /// Time runs from `start` to the event, or to the censoring where there was none.
    EventDate {
        start: &'a str,
        event_date: &'a str,
        censored_on: CensoredOn<'a>,
    },
}

/// Until when patients without an event were followed.
#[derive(Clone, Debug, PartialEq, Eq)]
enum CensoredOn<'a> {
    /// All until one day.
    Day(NaiveDate),
    /// Each until a day of their own.
    Column(&'a str),
}

/// Time and event of each row, `None` where either is not known, and what was noticed.
pub(super) struct Times {
    pub(super) times: Vec<Option<(f64, bool)>>,
    pub(super) warnings: Vec<Warning>,
}

impl SurvivalSettings {
    /// The columns that it names, and what each is.
    pub(super) fn columns(&self) -> impl Iterator<Item = (&str, &'static str)> {
        let named = [
            (&self.time, "survival time"),
            (&self.event, "survival event"),
            (&self.start, "start of the survival time"),
            (&self.end, "end of the survival time"),
            (&self.event_date, "date of the event"),
            (&self.censored_on, "date of censoring"),
        ];
        named
            .into_iter()
            .filter_map(|(column, role)| Some((column.as_deref()?, role)))
            .filter(|(column, _)| iso_date(column).is_none())
    }

    /// What the time is, for a reader: the column, or `days from DATE`.
    #[must_use]
    pub fn time_name(&self) -> String {
        match (&self.time, &self.start) {
            (Some(time), _) => time.clone(),
            (None, start) => format!(
                "{} from {}",
                self.unit.unwrap_or_default().name(),
                start.as_deref().unwrap_or_default()
            ),
        }
    }

    /// The column that tells the event.
    #[must_use]
    pub fn event_name(&self) -> &str {
        let named = self.event.as_deref().or(self.event_date.as_deref());
        named.unwrap_or_default()
    }

    /// The key of the study file that names the event.
    pub(super) fn event_key(&self) -> &'static str {
        if self.event.is_some() {
            "survival.event"
        } else {
            "survival.event_date"
        }
    }

    /// Times at which survival is told: those asked for, or up to four round times that a quarter of
    /// the training patients were followed beyond.
    #[must_use]
    pub fn horizons(&self, training: &[Option<(f64, bool)>]) -> Vec<f64> {
        if !self.at.is_empty() {
            return self.at.clone();
        }
        let times: Vec<f64> = training.iter().flatten().map(|(time, _)| *time).collect();
        let reach = quantile(&times, 0.75);
        let round = pretty(0.0, reach, ROUND_TIMES).into_iter();
        round.filter(|&time| time > 0.0 && time <= reach).collect()
    }

    /// What is wrong with the times asked for.
    fn check_times(&self, problems: &mut Vec<Problem>) {
        for &time in &self.at {
            if !(time > 0.0 && time.is_finite()) {
                problems.push(Problem::new(
                    format!("`survival.at` holds {time}"),
                    "a time is a number above 0, in the unit of the survival times",
                ));
            }
        }
    }

    fn endpoint(&self) -> Result<Endpoint<'_>, Problem> {
        let forms = "write one of\n  {time: COLUMN, event: COLUMN}\n  {start: COLUMN, end: COLUMN, event: COLUMN}\n  {start: COLUMN, event_date: COLUMN, censored_on: COLUMN or a date such as 2019-11-30}";
        let endpoint = match (
            self.time.as_deref(),
            self.event.as_deref(),
            self.start.as_deref(),
            self.end.as_deref(),
            self.event_date.as_deref(),
            self.censored_on.as_deref(),
        ) {
            (Some(time), Some(event), None, None, None, None) => Endpoint::Columns { time, event },
            (None, Some(event), Some(start), Some(end), None, None) => {
                Endpoint::Dates { start, end, event }
            }
            (None, None, Some(start), None, Some(event_date), Some(until)) => Endpoint::EventDate {
                start,
                event_date,
                censored_on: iso_date(until).map_or(CensoredOn::Column(until), CensoredOn::Day),
            },
            _ => {
                let keys = [
                    ("time", &self.time),
                    ("event", &self.event),
                    ("start", &self.start),
                    ("end", &self.end),
                    ("event_date", &self.event_date),
                    ("censored_on", &self.censored_on),
                ];
                let given = keys.iter().filter(|(_, value)| value.is_some());
                let given: Vec<&str> = given.map(|(key, _)| *key).collect();
                let given = if given.is_empty() {
                    "no column".to_owned()
                } else {
                    given.join(", ")
                };
                return Err(Problem::new(
                    format!("`survival` names {given}, which do not make an endpoint"),
                    forms,
                ));
            }
        };
        if self.unit.is_some() && matches!(endpoint, Endpoint::Columns { .. }) {
            return Err(Problem::new(
                "`survival.unit` goes with dates; the times of a column are taken as they are",
                "leave `unit` out",
            ));
        }
        Ok(endpoint)
    }

    /// Reads time and event of every row; `ids` names the rows in messages.
    pub(super) fn read(
        &self,
        table: &Table,
        ids: &[String],
        problems: &mut Vec<Problem>,
    ) -> Option<Times> {
        let endpoint = self.endpoint().map_err(|problem| problems.push(problem));
        self.check_times(problems);
        let unit = self.unit.unwrap_or_default();
        let mut warnings = Vec::new();
        let times = match endpoint.ok()? {
            Endpoint::Columns { time, event } => {
                let times = times(table, time, problems);
                let events = events(table, event, problems);
                let pair = |(time, event): (f64, Option<bool>)| Some((known(time)?, event?));
                times.into_iter().zip(events).map(pair).collect()
            }
            Endpoint::Dates { start, end, event } => {
                let from = dates(table, start, "survival.start", problems);
                let to = dates(table, end, "survival.end", problems);
                let events = events(table, event, problems);
                let mut between = Between {
                    ids,
                    start,
                    unit,
                    problems,
                };
                (0..table.len())
                    .map(|row| Some((between.time(row, from[row]?, to[row]?, end)?, events[row]?)))
                    .collect()
            }
            Endpoint::EventDate {
                start,
                event_date,
                censored_on,
            } => {
                let from = dates(table, start, "survival.start", problems);
                let happened = dates(table, event_date, "survival.event_date", problems);
                let (until, name, fixed) = match censored_on {
                    CensoredOn::Column(column) => (
                        dates(table, column, "survival.censored_on", problems),
                        column.to_owned(),
                        false,
                    ),
                    CensoredOn::Day(day) => (vec![Some(day); table.len()], day.to_string(), true),
                };
                let mut between = Between {
                    ids,
                    start,
                    unit,
                    problems,
                };
                let mut later = Vec::new();
                let mut found = Vec::with_capacity(table.len());
                for row in 0..table.len() {
                    let is_later = happened[row].zip(until[row]).is_some_and(|(a, b)| a > b);
                    if is_later {
                        later.push(ids[row].clone());
                    }
                    // What happened after the one day that ends the study is not part of it.
                    let event = happened[row].filter(|_| !(fixed && is_later));
                    let end = event.map(|day| (day, event_date)).or(until[row]
                        .filter(|_| fixed || happened[row].is_none())
                        .map(|day| (day, name.as_str())));
                    found.push(from[row].zip(end).and_then(|(from, (day, column))| {
                        Some((between.time(row, from, day, column)?, event.is_some()))
                    }));
                }
                if !later.is_empty() {
                    let what = if fixed {
                        "these patients count as censored on that day"
                    } else {
                        "the event is counted"
                    };
                    warnings.push(Warning::new(
                        "event_after_censoring",
                        format!(
                            "`{event_date}` is later than {name} for {}: {what}",
                            later.join(", ")
                        ),
                    ));
                }
                found
            }
        };
        Some(Times { times, warnings })
    }
}

/// Times between dates.
struct Between<'a, 'b> {
    ids: &'a [String],
    start: &'a str,
    unit: TimeUnit,
    problems: &'b mut Vec<Problem>,
}

impl Between<'_, '_> {
    /// The time of a row; none where its end lies before its start, which is a problem.
    fn time(&mut self, row: usize, from: NaiveDate, to: NaiveDate, end: &str) -> Option<f64> {
        let days = to.signed_duration_since(from).num_days();
        if days < 0 {
            let start = self.start;
            let end = match iso_date(end) {
                Some(_) => "`survival.censored_on`".to_owned(),
                None => format!("`{end}`"),
            };
            self.problems.push(Problem::new(
                format!(
                    "patient {}: {end} is {to}, before `{start}`, which is {from}",
                    self.ids[row]
                ),
                "correct one of the two dates",
            ));
            return None;
        }
        Some(days as f64 / self.unit.days())
    }
}

fn known(time: f64) -> Option<f64> {
    (!time.is_nan()).then_some(time)
}

fn times(table: &Table, column: &str, problems: &mut Vec<Problem>) -> Vec<f64> {
    let times = numbers(table, column, "survival.time", problems);
    if let Some(row) = times
        .iter()
        .position(|&time| time < 0.0 || time.is_infinite())
    {
        problems.push(Problem::new(
            format!(
                "`survival.time`: `{column}` is {} in row {}",
                times[row],
                row_of(table, column, row)
            ),
            "a time is a number of 0 or more",
        ));
    }
    times
}

fn events(table: &Table, column: &str, problems: &mut Vec<Problem>) -> Vec<Option<bool>> {
    let events = numbers(table, column, "survival.event", problems);
    if let Some(row) = events
        .iter()
        .position(|&event| !(event.is_nan() || event == 0.0 || event == 1.0))
    {
        problems.push(Problem::new(
            format!(
                "`survival.event`: `{column}` is {} in row {}",
                events[row],
                row_of(table, column, row)
            ),
            "1 is an event, 0 is censoring",
        ));
    }
    let event = |event: f64| (!event.is_nan()).then_some(event == 1.0);
    events.into_iter().map(event).collect()
}

fn numbers(table: &Table, column: &str, key: &str, problems: &mut Vec<Problem>) -> Vec<f64> {
    table.numbers(column).unwrap_or_else(|error| {
        problems.push(missing_column(table, column, key, &error.to_string()));
        vec![f64::NAN; table.len()]
    })
}

/// The dates of a column; the first cell that is none is a problem.
fn dates(
    table: &Table,
    column: &str,
    key: &str,
    problems: &mut Vec<Problem>,
) -> Vec<Option<NaiveDate>> {
    let cells = match table.cells(column) {
        Ok(cells) => cells,
        Err(error) => {
            problems.push(missing_column(table, column, key, &error.to_string()));
            return vec![None; table.len()];
        }
    };
    let wrong = (0..cells.len())
        .find(|&row| !is_missing(&cells[row]) && date_of_cell(&cells[row]).is_none());
    if let Some(row) = wrong {
        let cell = &cells[row];
        let hint = if crate::table::parse_number(cell).is_some() {
            "a number may be a date of a spreadsheet without its format: give the cells a date format there, or write year-month-day, as in 2019-03-07"
        } else {
            "write year-month-day, as in 2019-03-07: in other orders day and month cannot be told apart"
        };
        problems.push(Problem::new(
            format!(
                "`{key}`: `{column}` is \"{cell}\" in row {}, which is no date",
                row_of(table, column, row)
            ),
            hint,
        ));
    }
    cells.iter().map(|cell| date_of_cell(cell)).collect()
}

/// Row of the file, the header being row 1.
fn row_of(table: &Table, column: &str, row: usize) -> usize {
    table.place(column, row).map_or(row + 2, |(_, row)| row)
}

/// The day of a cell: a date of ISO 8601, with or without a time of day, as spreadsheets and
/// pandas give it.
fn date_of_cell(cell: &str) -> Option<NaiveDate> {
    let cell = cell.trim();
    let (day, time) = match cell.split_once(['T', ' ']) {
        Some((day, time)) => (day, Some(time)),
        None => (cell, None),
    };
    let is_time = |time: &str| {
        time.starts_with(|c: char| c.is_ascii_digit())
            && time
                .chars()
                .all(|c| c.is_ascii_digit() || matches!(c, ':' | '.' | 'Z' | '+' | '-'))
    };
    if time.is_some_and(|time| !is_time(time)) {
        return None;
    }
    iso_date(day)
}

/// A date written as year-month-day, `2019-03-07`.
fn iso_date(text: &str) -> Option<NaiveDate> {
    let bytes = text.as_bytes();
    let shaped = bytes.len() == 10
        && bytes.iter().enumerate().all(|(place, byte)| match place {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !shaped {
        return None;
    }
    let part = |range: std::ops::Range<usize>| text[range].parse::<u32>().ok();
    NaiveDate::from_ymd_opt(part(0..4)? as i32, part(5..7)?, part(8..10)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(settings: &str, columns: &[(&str, &[&str])]) -> (Option<Times>, Vec<Problem>) {
        let settings: SurvivalSettings = serde_saphyr::from_str(settings).unwrap();
        let rows = columns[0].1.len();
        let mut table = Table::new("clinical.csv", rows);
        for (name, cells) in columns {
            let cells = cells.iter().map(|&cell| cell.to_owned()).collect();
            table.push_texts(name, cells).unwrap();
        }
        let ids: Vec<String> = (1..=rows).map(|row| format!("P{row}")).collect();
        let mut problems = Vec::new();
        let found = settings.read(&table, &ids, &mut problems);
        (found, problems)
    }

    #[test]
    fn days_between_dates_as_r_counts_them() {
        // R: as.numeric(as.Date(b) - as.Date(a))
        for (a, b, days) in [
            ("2019-03-07", "2019-03-07", 0.0),
            ("2019-02-28", "2019-03-01", 1.0),
            ("2020-02-28", "2020-03-01", 2.0),
            ("1900-02-28", "1900-03-01", 1.0),
            ("2000-02-28", "2000-03-01", 2.0),
            ("1970-01-01", "2019-11-30", 18230.0),
            ("1899-12-30", "2019-03-07", 43531.0),
        ] {
            let columns = [("a", &[a][..]), ("b", &[b][..]), ("e", &["1"][..])];
            let (found, problems) = read("{start: a, end: b, event: e}", &columns);
            assert_eq!(problems, []);
            assert_eq!(found.unwrap().times, [Some((days, true))]);
        }
    }

    #[test]
    fn units_are_parts_of_a_mean_year() {
        let columns = [
            ("a", &["2015-01-01"][..]),
            ("b", &["2019-01-01"][..]),
            ("e", &["0"][..]),
        ];
        for (unit, time) in [("days", 1461.0), ("months", 48.0), ("years", 4.0)] {
            let settings = format!("{{start: a, end: b, event: e, unit: {unit}}}");
            assert_eq!(
                read(&settings, &columns).0.unwrap().times,
                [Some((time, false))]
            );
        }
    }

    #[test]
    fn an_empty_date_of_event_is_censoring() {
        let columns = [
            ("a", &["2019-01-01"; 4][..]),
            ("progressed", &["2019-01-11", "", "NA", "2019-12-24"][..]),
            (
                "seen",
                &["2019-02-01", "2019-01-21 00:00:00", "", "2019-12-01"][..],
            ),
        ];
        let (found, problems) = read(
            "{start: a, event_date: progressed, censored_on: seen}",
            &columns,
        );
        let found = found.unwrap();
        assert_eq!(problems, []);
        let expected = [
            Some((10.0, true)),
            Some((20.0, false)),
            None,
            Some((357.0, true)),
        ];
        assert_eq!(found.times, expected);
        assert_eq!(found.warnings[0].code, "event_after_censoring");
        assert!(found.warnings[0].text.contains("P4: the event is counted"));

        let (found, _) = read(
            "{start: a, event_date: progressed, censored_on: 2019-11-30}",
            &columns,
        );
        let found = found.unwrap();
        let last = Some((333.0, false));
        assert_eq!(found.times, [Some((10.0, true)), last, last, last]);
        assert!(found.warnings[0].text.contains("P4"));
    }

    #[test]
    fn what_is_no_date_is_named_with_its_row() {
        for (cell, hint) in [
            ("07.03.2019", "year-month-day"),
            ("03/07/2019", "year-month-day"),
            ("2019-3-7", "year-month-day"),
            ("2019-02-30", "year-month-day"),
            ("2019-03-07 noon", "year-month-day"),
            ("43531", "spreadsheet"),
        ] {
            let columns = [
                ("a", &["2019-01-01"; 2][..]),
                ("b", &["2019-01-02", cell][..]),
                ("e", &["1", "0"][..]),
            ];
            let (_, problems) = read("{start: a, end: b, event: e}", &columns);
            let text = format!("`survival.end`: `b` is \"{cell}\" in row 3, which is no date");
            assert_eq!(problems[0].text, text);
            assert!(problems[0].hint.as_ref().unwrap().contains(hint));
        }
    }

    #[test]
    fn an_end_before_its_start_names_the_patient() {
        let columns = [
            ("a", &["2019-01-01", "2019-06-01"][..]),
            ("b", &["2019-01-02", "2019-05-31"][..]),
            ("e", &["1", "0"][..]),
        ];
        let (_, problems) = read("{start: a, end: b, event: e}", &columns);
        let text = "patient P2: `b` is 2019-05-31, before `a`, which is 2019-06-01";
        assert_eq!(problems[0].text, text);
    }

    #[test]
    fn keys_that_make_no_endpoint_are_refused() {
        let columns = [("a", &["1"][..]), ("e", &["1"][..])];
        for settings in [
            "{time: a}",
            "{event: e}",
            "{start: a, event: e}",
            "{time: a, event: e, start: a}",
            "{start: a, event_date: a}",
        ] {
            let (found, problems) = read(settings, &columns);
            assert!(found.is_none());
            assert!(problems[0].text.contains("do not make an endpoint"));
        }
        let (_, problems) = read("{time: a, event: e, unit: days}", &columns);
        assert!(problems[0].text.contains("`survival.unit`"));
    }
}
