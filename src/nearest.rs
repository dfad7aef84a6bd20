//! "Did you mean": the known name that looks most like a mistyped one.

/// The name among `known` that is nearest to `wrong`, if any is near enough to be what was meant.
pub(crate) fn name<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let (length, folded) = (wrong.chars().count(), wrong.to_lowercase());
    let limit = (length / 3).max(1);
    known
        .into_iter()
        .filter_map(|name| {
            let is_part = wrong.len() >= 3 && name.contains(wrong);
            // The lengths alone tell most names apart, without the walk over their letters.
            if !is_part && name.chars().count().abs_diff(length) > limit {
                return None;
            }
            let distance = strsim::damerau_levenshtein(&folded, &name.to_lowercase());
            (is_part || distance <= limit).then_some((distance, name))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name.to_owned())
}

/// The end of a sentence that offers such a name, or nothing.
pub(crate) fn hint(similar: Option<&str>) -> String {
    similar.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn a_slip_of_one_letter_is_found_and_a_different_word_is_not() {
        let known = ["bookings", "rejects", "daily_occupancy"];
        assert_eq!(name("bokings", known).as_deref(), Some("bookings"));
        assert_eq!(name("occupancy", known).as_deref(), Some("daily_occupancy"));
        assert_eq!(name("weather", known), None);
    }
}
