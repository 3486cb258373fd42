//! The server side of mixus-privacy, for axum.
//!
//! ```no_run
//! # use axum::Router;
//! # use mixus_privacy_server::Site;
//! # fn main() -> Result<(), mixus_privacy_server::Refused> {
//! let site = Site::new(&serde_json::json!({}))?.allow(&["cdn.example.com"]);
//! let app: Router = site.protect(Router::new());
//! # Ok(())
//! # }
//! ```

pub mod audit;
mod headers;
mod records;
mod uploads;
pub mod verify;

pub use headers::{ERASE, Refused, Site};
#[cfg(fuzzing)]
#[doc(hidden)]
pub use records::fuzzing;
pub use records::{Database, NotOpened, Patience, Records, Settings, Unavailable};
pub use uploads::UploadSettings;
#[doc(hidden)]
pub use uploads::{Folder, OpenFile};
