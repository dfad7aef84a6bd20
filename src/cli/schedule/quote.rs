//! Words of a command line, as a shell in a crontab and as systemd read them.

/// A word for the shell of a line in a crontab, where `%` would end the command.
pub(super) fn for_cron(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''").replace('%', r"\%"))
}

/// A word for `ExecStart=` of systemd, where `%` and `$` stand for values, as `systemd.service(5)` says.
pub(super) fn for_systemd(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("\"{}\"", word.replace('\\', r"\\").replace('"', "\\\"").replace('%', "%%").replace('$', "$$"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_stay_as_they_are_and_others_stand_in_quotes() {
        let table = [
            ("--quiet", "--quiet", "--quiet"),
            ("/srv/my chain/purvey.toml", "'/srv/my chain/purvey.toml'", "\"/srv/my chain/purvey.toml\""),
            ("", "''", "\"\""),
            ("100%", r"'100\%'", "\"100%%\""),
            ("it's", r"'it'\''s'", "\"it's\""),
            ("$HOME\\\"", "'$HOME\\\"'", r#""$$HOME\\\"""#),
            ("monthly_*", "'monthly_*'", "\"monthly_*\""),
        ];
        for (word, cron, systemd) in table {
            assert_eq!((for_cron(word).as_str(), for_systemd(word).as_str()), (cron, systemd));
        }
    }
}
