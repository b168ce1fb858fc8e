//! Column patterns: `*` stands for any text, `?` for one character.

/// Whether `name` fits `pattern` as a whole; case counts.
#[must_use]
pub fn fits(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut p, mut n) = (0, 0);
    // Where the last star stands, and how much of the name it has swallowed so far.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(&c) if c == '?' || c == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((place, swallowed)) => {
                    star = Some((place, swallowed + 1));
                    p = place + 1;
                    n = swallowed + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn patterns_fit_whole_names() {
        assert!(fits("original_*", "original_glcm_Idm"));
        assert!(fits("*_glcm_*", "wavelet-LLH_glcm_Idm"));
        assert!(fits("a?c", "abc") && !fits("a?c", "ac"));
        assert!(fits("*", "") && fits("", ""));
        assert!(!fits("glcm", "original_glcm"));
        assert!(!fits("*ab", "abc") && fits("*ab*b", "aababb"));
    }
}
