//! Tables of figures.

use std::fmt::Write as _;

/// A table for a terminal or, with `markdown`, for a document. The first column is text.
pub fn table(rows: &[Vec<String>], markdown: bool) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns)
        .map(|at| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        let cells = row.iter().zip(&widths).enumerate().map(|(at, (cell, width))| {
            if at == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        if markdown {
            let _ = writeln!(text, "| {} |", cells.collect::<Vec<_>>().join(" | "));
            if number == 0 {
                let rules = (0..columns).map(|at| if at == 0 { "---" } else { "---:" });
                let _ = writeln!(text, "| {} |", rules.collect::<Vec<_>>().join(" | "));
            }
        } else {
            let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join("   ").trim_end());
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables() {
        let rows = vec![vec!["a".into(), "b".into()], vec!["long".into(), "1".into()]];
        assert_eq!(table(&rows, false), "a      b\nlong   1\n");
        assert_eq!(table(&rows, true), "| a    | b |\n| --- | ---: |\n| long | 1 |\n");
    }
}
