//! `GET /v1/files/{id}`: a file that is finished, or a part of it. It never changes.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    HeaderMap,
};
use axum::response::IntoResponse as _;
use futures_util::stream::try_unfold;
use tokio::task::spawn_blocking;

use super::super::disk::{OpenFile, read_all};
use super::range::{Wanted, wanted};
use super::{FOREVER, Of};
use crate::records::api::{Answered, is_known, refused};

/// There is one thing at each address, ever.
const TAG: &str = "\"1\"";
/// So much is read at once.
const PIECE: u64 = 128 * 1024;

pub(super) async fn read(Of(uploads, id): Of, headers: HeaderMap) -> Answered {
    let (state, file) = uploads.look(id).await.map_err(|it| uploads.told(it))?;
    if !state.is_file() {
        return Err(refused(StatusCode::CONFLICT, "upload/unfinished"));
    }
    let length = state.length;
    let lasting = [
        (CACHE_CONTROL, format!("private, max-age={}, immutable", FOREVER.as_secs())),
        (ETAG, TAG.to_owned()),
        (ACCEPT_RANGES, "bytes".to_owned()),
    ];
    if is_known(&headers, TAG) {
        return Ok((StatusCode::NOT_MODIFIED, lasting).into_response());
    }
    let (status, range) = match wanted(&headers, TAG, length) {
        Wanted::All => (StatusCode::OK, 0..length),
        Wanted::Some(range) => (StatusCode::PARTIAL_CONTENT, range),
        Wanted::None => {
            let all = [(CONTENT_RANGE, format!("bytes */{length}"))];
            let failed = refused(StatusCode::RANGE_NOT_SATISFIABLE, "upload/range");
            return Ok((all, failed).into_response());
        }
    };
    let part = (status == StatusCode::PARTIAL_CONTENT)
        .then(|| [(CONTENT_RANGE, format!("bytes {}-{}/{length}", range.start, range.end - 1))]);
    // What was sealed is nothing that a browser could show.
    let kind = [
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_DISPOSITION, "attachment".to_owned()),
        (CONTENT_LENGTH, (range.end - range.start).to_string()),
    ];
    let mut response = (status, lasting, kind, stream(file, range)).into_response();
    if let Some([(name, value)]) = part
        && let Ok(value) = value.try_into()
    {
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}

/// The bytes of a file, read as they are taken.
fn stream(file: Arc<dyn OpenFile>, range: Range<u64>) -> Body {
    Body::from_stream(try_unfold(range, move |range| {
        let file = Arc::clone(&file);
        async move {
            if range.is_empty() {
                return Ok(None);
            }
            let count = PIECE.min(range.end - range.start);
            let piece = spawn_blocking(move || piece(file.as_ref(), range.start, count)).await;
            let piece = piece.map_err(io::Error::other)??;
            Ok::<_, io::Error>(Some((piece, range.start + count..range.end)))
        }
    }))
}

fn piece(file: &dyn OpenFile, at: u64, count: u64) -> io::Result<Bytes> {
    let count = usize::try_from(count).map_err(io::Error::other)?;
    let mut bytes = vec![0; count];
    if read_all(file, &mut bytes, at)? < count {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes.into())
}
