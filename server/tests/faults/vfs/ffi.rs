//! What `SQLite` calls of a file system, of which [`file`](super::file) has the files. Nothing is decided here: pointers become slices and names, and the disk does the rest.
//!
//! Of the libraries for this, one knows no shared memory; the other does not pass on whether a folder is to be synced,
//! and needs a compiler's library to be built. So these are the functions of `SQLite`'s own interface.

#![allow(
    unsafe_code,
    reason = "SQLite's interface for file systems is one of pointers"
)]

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_int};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::Duration;

use rusqlite::ffi;

use super::disk::{Call, Disk, Meets};
use super::file::{Handle, METHODS, Opened, place};

/// The name under which `SQLite` knows these disks.
pub(crate) const NAME: &CStr = c"faults";

static DISKS: Mutex<BTreeMap<u64, Arc<Disk>>> = Mutex::new(BTreeMap::new());
static NUMBERS: AtomicU64 = AtomicU64::new(1);

pub(crate) fn number() -> u64 {
    NUMBERS.fetch_add(1, Ordering::Relaxed)
}

/// Makes a disk known: its files are those in the folder of its number.
pub(crate) fn plug(number: u64, disk: Arc<Disk>) {
    static ONCE: Once = Once::new();
    ONCE.call_once(register);
    DISKS.lock().unwrap_or_else(PoisonError::into_inner).insert(number, disk);
}

pub(crate) fn unplug(number: u64) {
    DISKS.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
}

/// The disk on which a path is, and its name there.
fn disk_of(path: &str) -> Option<(Arc<Disk>, &str)> {
    let (number, name) = path.strip_prefix('/')?.split_once('/')?;
    let number = number.parse().ok()?;
    let disk = DISKS.lock().unwrap_or_else(PoisonError::into_inner).get(&number).cloned();
    disk.map(|disk| (disk, name))
}

fn register() {
    let vfs = Box::leak(Box::new(ffi::sqlite3_vfs {
        iVersion: 2,
        szOsFile: c_int::try_from(size_of::<Opened>()).expect("a size"),
        mxPathname: 256,
        pNext: ptr::null_mut(),
        zName: NAME.as_ptr(),
        pAppData: ptr::null_mut(),
        xOpen: Some(open),
        xDelete: Some(delete),
        xAccess: Some(access),
        xFullPathname: Some(full_path),
        xDlOpen: None,
        xDlError: None,
        xDlSym: None,
        xDlClose: None,
        xRandomness: Some(randomness),
        xSleep: Some(sleep),
        xCurrentTime: Some(time),
        xGetLastError: None,
        xCurrentTimeInt64: Some(time_in_ms),
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
    }));
    // SAFETY: it lives as long as the process.
    let done = unsafe { ffi::sqlite3_vfs_register(vfs, 0) };
    assert_eq!(done, ffi::SQLITE_OK);
}

/// The text of a path; empty for none.
///
/// # Safety
/// It is null, or a text with an end.
unsafe fn text(path: *const c_char) -> String {
    if path.is_null() {
        return String::new();
    }
    // SAFETY: as above.
    unsafe { CStr::from_ptr(path) }.to_string_lossy().into_owned()
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    path: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    let opened = file.cast::<Opened>();
    // SAFETY: SQLite hands over as many bytes as `szOsFile` says. Without methods, it never closes the file.
    unsafe { (*opened).base.pMethods = ptr::null() };
    // SAFETY: SQLite's paths have an end.
    let path = unsafe { text(path) };
    // One without a name belongs to nobody's disk; the store keeps such things in memory.
    let Some((disk, name)) = disk_of(&path) else {
        return ffi::SQLITE_CANTOPEN;
    };
    let (file, folder) = {
        let (mut state, meets) = disk.asked(Call::Open);
        if let Meets::Failure(code) | Meets::Half(code) | Meets::Done(code) = meets {
            return code;
        }
        let create = flags & ffi::SQLITE_OPEN_CREATE != 0;
        let file = match state.image.find(name) {
            Some(file) => file,
            None if create => state.image.make(Some(name)),
            None => return ffi::SQLITE_CANTOPEN,
        };
        let named = ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_SUPER_JOURNAL;
        (file, create && flags & named != 0)
    };
    let gone = (flags & ffi::SQLITE_OPEN_DELETEONCLOSE != 0).then(|| name.to_owned());
    let handle = Box::new(Handle {
        disk,
        file,
        who: number(),
        folder,
        gone,
    });
    // SAFETY: as above; `out` may be null.
    unsafe {
        (*opened).handle = Box::into_raw(handle);
        (*opened).base.pMethods = &raw const METHODS;
        if !out.is_null() {
            *out = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, path: *const c_char, folder: c_int) -> c_int {
    // SAFETY: SQLite's paths have an end.
    let path = unsafe { text(path) };
    let Some((disk, name)) = disk_of(&path) else {
        return ffi::SQLITE_IOERR_DELETE;
    };
    let (mut state, meets) = disk.asked(Call::Delete);
    if let Meets::Failure(code) | Meets::Half(code) = meets {
        return code;
    }
    if !state.image.delete(name) {
        return ffi::SQLITE_IOERR_DELETE_NOENT;
    }
    if let Meets::Done(code) = meets {
        return code;
    }
    if folder != 0 && !state.lies {
        state.image.sync_names();
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn access(
    _: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    _: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite's paths have an end.
    let path = unsafe { text(path) };
    let Some((disk, name)) = disk_of(&path) else {
        return ffi::SQLITE_IOERR_ACCESS;
    };
    let (state, meets) = disk.asked(Call::Access);
    if let Meets::Failure(code) | Meets::Half(code) | Meets::Done(code) = meets {
        return code;
    }
    // SAFETY: SQLite waits for an answer there.
    unsafe { *out = c_int::from(state.image.find(name).is_some()) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn full_path(
    _: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: SQLite's paths have an end.
    let bytes = unsafe { CStr::from_ptr(path) }.to_bytes_with_nul();
    if bytes.len() > place(room) {
        return ffi::SQLITE_CANTOPEN;
    }
    // SAFETY: there is room for them, as was just seen.
    unsafe { ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len()) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn randomness(_: *mut ffi::sqlite3_vfs, count: c_int, out: *mut c_char) -> c_int {
    // SAFETY: SQLite has room for so many bytes there.
    let out = unsafe { std::slice::from_raw_parts_mut(out.cast::<u8>(), place(count)) };
    fastrand::fill(out);
    count
}

/// Waits for a hundredth of what it is asked to: who waits for a lock tries as often, and gives up sooner.
unsafe extern "C" fn sleep(_: *mut ffi::sqlite3_vfs, micros: c_int) -> c_int {
    let time = Duration::from_nanos(u64::try_from(micros).unwrap_or(0) * 10);
    #[allow(clippy::disallowed_methods, reason = "it is what SQLite asks for")]
    std::thread::sleep(time);
    micros
}

unsafe extern "C" fn time(_: *mut ffi::sqlite3_vfs, out: *mut f64) -> c_int {
    // SAFETY: SQLite waits for an answer there. It is a day in this century; nobody reads it.
    unsafe { *out = 2_461_000.5 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn time_in_ms(_: *mut ffi::sqlite3_vfs, out: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: as above.
    unsafe { *out = 2_461_000 * 86_400_000 };
    ffi::SQLITE_OK
}
