use serde::{Deserialize, Serialize};
use toml::Value;

use super::{Effective, NoConfig, Origin, Section, settings_of};
use crate::secret::Secret;

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Ranking {
    top: u32,
    label: Option<String>,
    rates: Vec<f64>,
    season: Season,
    #[serde(skip_serializing)]
    password: Option<Secret<String>>,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Season {
    from: chrono::NaiveDate,
    winter: bool,
}

fn in_file(key: &str, value: impl Into<Value>) -> Section {
    let mut section = Section::new("tasks.agent_ranking");
    section.set(key, value.into(), Origin::File { path: "purvey.toml".into(), line: 7, column: 7 });
    section
}

fn typed(key: &str, text: &str) -> Section {
    let mut section = Section::new("tasks.agent_ranking");
    section.set_text(key, text, Origin::CommandLine);
    section
}

fn error_of(section: &Section) -> String {
    section.read::<Ranking>().unwrap_err().to_string()
}

#[test]
fn a_wrong_value_is_named_with_its_own_place() {
    let section = in_file("top", "many").with("label", "agents");
    assert_eq!(
        error_of(&section),
        "wrong value for `top` in [tasks.agent_ranking] (purvey.toml:7:7): invalid type: string \"many\", expected u32"
    );
}

#[test]
fn a_wrong_value_in_a_list_is_named_by_its_position() {
    assert_eq!(
        error_of(&in_file("rates", vec![Value::Float(1.5), Value::Boolean(true)])),
        "wrong value for `rates.1` in [tasks.agent_ranking] (purvey.toml:7:7): \
         invalid type: boolean `true`, expected f64"
    );
}

#[test]
fn an_unknown_key_is_named_with_the_nearest_one() {
    assert_eq!(
        error_of(&in_file("lable", "x")),
        "unknown key `lable` in [tasks.agent_ranking] (purvey.toml:7:7); did you mean `label`?"
    );
    assert_eq!(
        error_of(&in_file("season.wintre", true)),
        "unknown key `season.wintre` in [tasks.agent_ranking] (purvey.toml:7:7); did you mean `winter`?"
    );
    assert_eq!(
        Section::new("models.seats").with("path", "x").read::<NoConfig>().unwrap_err().to_string(),
        "unknown key `path` in [models.seats] (code)"
    );
}

#[test]
fn a_missing_key_is_named() {
    #[derive(Debug, Deserialize)]
    struct Login {
        #[expect(dead_code, reason = "only its being missing matters")]
        user: String,
    }
    assert_eq!(
        Section::new("models.guests").read::<Login>().unwrap_err().to_string(),
        "missing key `user` in [models.guests]; it has no default, so it must be set"
    );
}

#[test]
fn a_secret_is_not_quoted() {
    let section = in_file("password", vec![Value::from("hunter2")]);
    assert_eq!(
        error_of(&section),
        "wrong value for `password` in [tasks.agent_ranking] (purvey.toml:7:7): \
         a secret value has the wrong type, expected String (the value is not shown)"
    );
    assert_eq!(
        error_of(&in_file("season", "ana:hunter2")),
        "wrong value for `season` in [tasks.agent_ranking] (purvey.toml:7:7): \
         invalid type: string, expected struct Season"
    );
    let shown = in_file("password", "hunter2").effective::<Ranking>().unwrap();
    assert!(shown.iter().any(|entry| entry.key == "password" && entry.value.is_none()));
}

#[test]
fn text_is_a_toml_value_unless_the_setting_wants_a_text() {
    assert_eq!(typed("top", "50").read::<Ranking>().unwrap().top, 50);
    assert_eq!(typed("rates", "[1.5, 2.0]").read::<Ranking>().unwrap().rates, [1.5, 2.0]);
    for text in ["007", "42", "1.10", "true", "2017-01-31", ";", "", "a = 1\nb = 2"] {
        let label = typed("label", text).read::<Ranking>().unwrap().label;
        assert_eq!(label.as_deref(), Some(text));
        assert_eq!(typed("label", text).text("label").as_deref(), Some(text));
    }
    assert_eq!(typed("label", "'quoted'").text("label").as_deref(), Some("quoted"));
    assert_eq!(typed("password", "1234").read::<Ranking>().unwrap().password, Some(Secret::new("1234".to_owned())));
    assert_eq!(
        error_of(&typed("top", "1.5")),
        "wrong value for `top` in [tasks.agent_ranking] (command line): \
         invalid type: floating point `1.5`, expected u32"
    );
}

#[test]
fn a_toml_date_is_read_into_a_date() {
    let date: Value = "2017-01-31".parse().unwrap();
    assert_eq!(
        in_file("season.from", date).read::<Ranking>().unwrap().season.from,
        chrono::NaiveDate::from_ymd_opt(2017, 1, 31).unwrap()
    );
}

#[test]
fn the_values_in_effect_are_listed_with_their_origin() {
    let section = in_file("season.winter", true).with("top", 3);
    let mut shown = String::new();
    for Effective { key, value, origin } in section.effective::<Ranking>().unwrap() {
        let value = value.map_or_else(|| "-".to_owned(), |value| value.to_string());
        shown += &format!("{key} = {value} ({origin})\n");
    }
    insta::assert_snapshot!(shown, @r#"
    top = 3 (code)
    label = - (default)
    rates = [] (default)
    season.from = "1970-01-01" (default)
    season.winter = true (purvey.toml:7:7)
    password = - (default)
    "#);
}

#[test]
fn a_later_value_replaces_what_stood_below_it() {
    let section = in_file("season.winter", true).with("season", toml::Table::new());
    assert_eq!(section.origin("season.winter"), &Origin::Code);
    assert!(!section.read::<Ranking>().unwrap().season.winter);
}

/// What a fingerprint takes of the section of a type, a line for each value.
fn settings<C: Serialize + serde::de::DeserializeOwned>(section: &Section) -> String {
    let settings = settings_of(&section.effective::<C>().unwrap(), section, &[7; 32]);
    settings.iter().map(|(key, text)| format!("{key} = {text}\n")).collect()
}

#[test]
fn a_fingerprint_takes_every_value_and_of_a_secret_only_that_it_is_another_one() {
    let section = in_file("season.winter", true).with("top", 3).with("password", "hunter2");
    insta::assert_snapshot!(settings::<Ranking>(&section), @r#"
    tasks.agent_ranking.password = secret 279f4fd0
    tasks.agent_ranking.rates = []
    tasks.agent_ranking.season.from = "1970-01-01"
    tasks.agent_ranking.season.winter = true
    tasks.agent_ranking.top = 3
    "#);

    let changed = section.clone().with("password", "hunter3");
    assert_ne!(settings::<Ranking>(&changed), settings::<Ranking>(&section));
    let effective = section.effective::<Ranking>().unwrap();
    assert_ne!(settings_of(&effective, &section, &[8; 32]), settings_of(&effective, &section, &[7; 32]));
}

#[test]
fn a_default_that_is_written_down_is_no_change() {
    let written = in_file("top", 0).with("rates", Vec::<Value>::new()).with("season.winter", false);
    assert_eq!(settings::<Ranking>(&written), settings::<Ranking>(&Section::new("tasks.agent_ranking")));
}

#[test]
fn where_a_value_comes_from_is_no_change() {
    assert_eq!(settings::<Ranking>(&typed("top", "3")), settings::<Ranking>(&in_file("top", 3)));
    assert_eq!(settings::<Ranking>(&typed("label", "007")), settings::<Ranking>(&in_file("label", "007")));
}

#[test]
fn a_secret_is_found_wherever_it_stands() {
    #[derive(Serialize, Deserialize)]
    struct Login {
        user: String,
        #[serde(skip_serializing)]
        #[expect(dead_code, reason = "it is only read from the configuration")]
        password: Secret<String>,
    }
    #[derive(Serialize, Deserialize)]
    struct Servers {
        main: Login,
        others: Vec<Login>,
        rates: std::collections::BTreeMap<String, f64>,
        #[serde(skip_serializing, default)]
        #[expect(dead_code, reason = "it is only read from the configuration")]
        keys: std::collections::BTreeMap<String, Secret<String>>,
    }
    let section = |main: &str, other: &str, key: &str| {
        let text = format!(
            "main = {{ user = 'ana', password = '{main}' }}\n\
             others = [{{ user = 'bea', password = 'b' }}, {{ user = 'cleo', password = '{other}' }}]\n\
             rates = {{ CHF = 0.93, 'U.S.' = 1.1 }}\n\
             keys = {{ maps = '{key}' }}\n"
        );
        let values: toml::Table = text.parse().unwrap();
        values.into_iter().fold(Section::new("tasks.fetch"), |section, (key, value)| section.with(&key, value))
    };
    let plain = settings::<Servers>(&section("hunter2", "hunter3", "hunter4"));
    insta::assert_snapshot!(plain, @r#"
    tasks.fetch.keys = secret 8d91435a
    tasks.fetch.main.password = secret 65b25aa7
    tasks.fetch.main.user = "ana"
    tasks.fetch.others = [{ user = "bea" }, { user = "cleo" }]
    tasks.fetch.others.0.password = secret 808b0029
    tasks.fetch.others.1.password = secret 9f791524
    tasks.fetch.rates."U.S." = 1.1
    tasks.fetch.rates.CHF = 0.93
    "#);
    assert!(!plain.contains("hunter"));
    for other in
        [section("x", "hunter3", "hunter4"), section("hunter2", "x", "hunter4"), section("hunter2", "hunter3", "x")]
    {
        assert_ne!(settings::<Servers>(&other), plain);
    }
}

#[test]
fn secrets_that_are_one_number_and_two_texts_are_told_apart() {
    assert_ne!(settings::<Ranking>(&typed("password", "16")), settings::<Ranking>(&typed("password", "0x10")));
}

#[test]
fn a_value_that_is_shown_in_another_form_is_no_secret() {
    /// Set as a text, and shown as a table.
    #[derive(Clone, Serialize, Deserialize)]
    #[serde(from = "String")]
    struct Span {
        days: usize,
    }
    impl From<String> for Span {
        fn from(text: String) -> Span {
            Span { days: text.len() }
        }
    }
    #[derive(Serialize, Deserialize)]
    struct Season {
        span: Span,
    }
    let section = Section::new("tasks.season").with("span", "xxx");
    assert_eq!(settings::<Season>(&section), "tasks.season.span.days = 3\n");
}
