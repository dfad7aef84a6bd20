//! The frame that all pages have: style, script, heading and foot.

use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// An empty picture, so that browsers do not ask for one.
const ICON: &str = "data:,";

/// What a page begins with.
pub(super) struct Heading {
    /// What stands in the tab of the browser.
    pub(super) title: String,
    /// A line of small letters above the heading.
    pub(super) above: Markup,
    pub(super) heading: Markup,
    /// What follows the heading, as wide as the page.
    pub(super) below: Markup,
}

/// A page as text.
pub(super) fn page(heading: Heading, content: &Markup) -> String {
    let Heading { title, above, heading, below } = heading;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content={ "Purvey " (env!("CARGO_PKG_VERSION")) };
                title { (title) }
                link rel="icon" href=(ICON);
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#content" { "To the content" }
                header.top {
                    p.eyebrow { (above) }
                    div.title { (heading) }
                    (below)
                }
                main #content { (content) }
                footer.foot { "Written by Purvey " (env!("CARGO_PKG_VERSION")) ". Times are in UTC." }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string() + "\n"
}
