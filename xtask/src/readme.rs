//! Tables in the README, which commands write.

use std::fs;

use anyhow::{Context as _, Result};

use crate::paths;

/// Puts a text between the marks `<!-- name -->` and `<!-- /name -->`.
pub(crate) fn put(name: &str, text: &str) -> Result<()> {
    let file = paths::root().join("README.md");
    let readme = fs::read_to_string(&file)?;
    let readme =
        between(&readme, name, text).with_context(|| format!("README.md has no marks for {name}"))?;
    fs::write(file, readme)?;
    Ok(())
}

fn between(readme: &str, name: &str, text: &str) -> Option<String> {
    let (start, end) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let (before, rest) = readme.split_once(&start)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{start}\n{}\n{end}{after}", text.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::between;

    #[test]
    fn replaces_what_is_between_the_marks_alone() {
        let readme = "a\n<!-- size -->\nold\n<!-- /size -->\nb\n";
        let new = between(readme, "size", "new\n");
        assert_eq!(new.as_deref(), Some("a\n<!-- size -->\nnew\n<!-- /size -->\nb\n"));
        assert_eq!(between(readme, "bench", "new"), None);
    }
}
