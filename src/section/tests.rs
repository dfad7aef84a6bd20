use serde::{Deserialize, Serialize};
use toml::Value;

use super::{Effective, NoConfig, Origin, Section};
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
