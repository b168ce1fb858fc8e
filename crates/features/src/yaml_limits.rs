//! How much a YAML file may ask of its reader.

use serde_saphyr::{Budget, Options, options::AliasLimits};

/// Deepest nesting; parameter and study files stay below 10.
const DEPTH: usize = 64;
/// Most nodes, and most events when aliases are followed.
const NODES: usize = 100_000;

/// Limits for parameter and study files, which are hundreds of lines long: a file of a few bytes
/// must neither exhaust the stack by nesting nor multiply itself by aliases.
#[must_use]
pub fn yaml_limits() -> Options {
    Options {
        budget: Some(Budget {
            max_events: 4 * NODES,
            max_aliases: 1000,
            max_anchors: 1000,
            max_depth: DEPTH,
            max_nodes: NODES,
            max_total_scalar_bytes: 1 << 24,
            max_merge_keys: 1000,
            ..Budget::default()
        }),
        alias_limits: AliasLimits {
            max_total_replayed_events: NODES,
            max_replay_stack_depth: DEPTH,
            ..AliasLimits::default()
        },
        ..Options::default()
    }
}
