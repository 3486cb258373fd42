//! What clients of tus read of a sealed file: any part of it, from many places at once, and the same each time.

use std::process::Command;

use mixus_privacy_tests::root;
use serde_json::Value;

#[test]
fn a_sealed_file_is_read_as_others_are() {
    let output = Command::new("node")
        .arg(root().join("tests/interop/tus.mjs"))
        .output()
        .expect("node");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("text");
    let said: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let failed: Vec<_> = said.iter().filter(|it| !it["error"].is_null()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert_eq!(said.len(), 5);
}
