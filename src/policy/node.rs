//! How a document is looked at, wherever its values live.

use alloc::string::String;
use alloc::vec::Vec;

/// One JSON value of a document.
///
/// The reader is generic over it, so that the same rules run over a JavaScript object in
/// the page (nothing is copied that is not used) and over `serde_json::Value` natively.
/// An absent member is `None`; a member that is `null` is a value of no useful type.
pub trait Node: Sized {
    /// The member `name` of an object. `None` when absent or when this is no object.
    fn member(&self, name: &str) -> Option<Self>;
    /// The length of an array. `None` when this is no array.
    fn length(&self) -> Option<usize>;
    /// The item `at` of an array.
    fn item(&self, at: usize) -> Option<Self>;
    /// The text of a string.
    fn text(&self) -> Option<String>;
    /// A number without a fraction, within ± 2^53.
    fn integer(&self) -> Option<i64>;
    /// A boolean.
    fn flag(&self) -> Option<bool>;
    /// The names of an object's members. `None` when this is no object.
    fn names(&self) -> Option<Vec<String>>;
    /// Whether this is an object (an array is not).
    fn is_object(&self) -> bool;
}

#[cfg(any(test, feature = "json"))]
impl Node for serde_json::Value {
    fn member(&self, name: &str) -> Option<Self> {
        self.as_object()?.get(name).cloned()
    }
    fn length(&self) -> Option<usize> {
        self.as_array().map(Vec::len)
    }
    fn item(&self, at: usize) -> Option<Self> {
        self.as_array()?.get(at).cloned()
    }
    fn text(&self) -> Option<String> {
        self.as_str().map(Into::into)
    }
    fn integer(&self) -> Option<i64> {
        self.as_i64()
    }
    fn flag(&self) -> Option<bool> {
        self.as_bool()
    }
    fn names(&self) -> Option<Vec<String>> {
        Some(self.as_object()?.keys().cloned().collect())
    }
    fn is_object(&self) -> bool {
        self.is_object()
    }
}
