//! What `SQLite` calls of an open file and of the memory that its connections share.

#![allow(unsafe_code, reason = "SQLite's interface for files is one of pointers")]

use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{Ordering, fence};

use rusqlite::ffi;

use super::disk::{Call, Disk, Meets};
use super::locks::Level;

/// A file that is open.
pub(super) struct Handle {
    pub(super) disk: Arc<Disk>,
    pub(super) file: usize,
    pub(super) who: u64,
    /// The first sync is one of the folder, too: so `SQLite` does it where files have names that matter.
    pub(super) folder: bool,
    /// Its name, if it goes when it is closed.
    pub(super) gone: Option<String>,
}

#[repr(C)]
pub(super) struct Opened {
    pub(super) base: ffi::sqlite3_file,
    pub(super) handle: *mut Handle,
}

pub(super) static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(is_reserved),
    xFileControl: Some(control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(map),
    xShmLock: Some(lock_slots),
    xShmBarrier: Some(barrier),
    xShmUnmap: Some(unmap),
    xFetch: None,
    xUnfetch: None,
};

/// The handle of an open file.
///
/// # Safety
/// The file was opened by [`ffi`](super::ffi), and is used by one connection at a time, as `SQLite` promises.
unsafe fn handle<'h>(file: *mut ffi::sqlite3_file) -> &'h mut Handle {
    // SAFETY: as above.
    unsafe { &mut *(*file.cast::<Opened>()).handle }
}

pub(super) fn place(number: impl TryInto<usize>) -> usize {
    number.try_into().unwrap_or(0)
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: it was opened, and SQLite closes it once.
    let handle = unsafe { Box::from_raw((*file.cast::<Opened>()).handle) };
    let mut state = handle.disk.state();
    let locks = state.locks(handle.file);
    locks.unlock(handle.who, Level::None);
    locks.unmap(handle.who);
    if let Some(name) = &handle.gone {
        state.image.delete(name);
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    out: *mut c_void,
    count: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: an open file, and room for so many bytes.
    let (handle, out) =
        unsafe { (handle(file), std::slice::from_raw_parts_mut(out.cast::<u8>(), place(count))) };
    let (state, meets) = handle.disk.asked(Call::Read);
    match meets {
        Meets::Failure(code) | Meets::Done(code) => code,
        Meets::Half(code) => {
            let half = out.len() / 2;
            state.image.files[handle.file].read(place(at), &mut out[..half]);
            out[half..].fill(0);
            code
        }
        Meets::Nothing if state.image.files[handle.file].read(place(at), out) < out.len() => {
            ffi::SQLITE_IOERR_SHORT_READ
        }
        Meets::Nothing => ffi::SQLITE_OK,
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    bytes: *const c_void,
    count: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: an open file, and so many bytes.
    let (handle, bytes) =
        unsafe { (handle(file), std::slice::from_raw_parts(bytes.cast::<u8>(), place(count))) };
    let (mut state, meets) = handle.disk.asked(Call::Write);
    let (bytes, code) = match meets {
        Meets::Failure(code) => return code,
        Meets::Half(code) => (&bytes[..bytes.len() / 2], code),
        Meets::Done(code) => (bytes, code),
        Meets::Nothing => (bytes, ffi::SQLITE_OK),
    };
    state.image.files[handle.file].write(place(at), bytes);
    code
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, length: ffi::sqlite3_int64) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle(file) };
    let (mut state, meets) = handle.disk.asked(Call::Cut);
    let code = match meets {
        Meets::Failure(code) | Meets::Half(code) => return code,
        Meets::Done(code) => code,
        Meets::Nothing => ffi::SQLITE_OK,
    };
    state.image.files[handle.file].cut(place(length));
    code
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle(file) };
    let (mut state, meets) = handle.disk.asked(Call::Sync);
    match meets {
        Meets::Nothing => {
            state.sync(handle.file, handle.folder);
            handle.folder = false;
            ffi::SQLITE_OK
        }
        Meets::Failure(code) | Meets::Half(code) | Meets::Done(code) => {
            if !state.is_off() {
                let mut rng = state.rng.fork();
                state.image.files[handle.file].sync_fails(&mut rng);
            }
            code
        }
    }
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, out: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle(file) };
    let (state, meets) = handle.disk.asked(Call::Size);
    if let Meets::Failure(code) | Meets::Half(code) | Meets::Done(code) = meets {
        return code;
    }
    // SAFETY: SQLite waits for an answer there.
    unsafe { *out = i64::try_from(state.image.files[handle.file].length()).unwrap_or(0) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle(file) };
    let (mut state, meets) = handle.disk.asked(Call::Lock);
    if let Meets::Failure(code) | Meets::Half(code) | Meets::Done(code) = meets {
        return code;
    }
    let had = state.locks(handle.file).lock(handle.who, level.into());
    if had { ffi::SQLITE_OK } else { ffi::SQLITE_BUSY }
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle(file) };
    handle.disk.state().locks(handle.file).unlock(handle.who, level.into());
    ffi::SQLITE_OK
}

unsafe extern "C" fn is_reserved(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: an open file, and SQLite waits for an answer there.
    let handle = unsafe { handle(file) };
    let reserved = handle.disk.state().locks(handle.file).is_reserved();
    // SAFETY: as above.
    unsafe { *out = c_int::from(reserved) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn control(_: *mut ffi::sqlite3_file, _: c_int, _: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_: *mut ffi::sqlite3_file) -> c_int {
    4096
}

unsafe extern "C" fn characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle(file) };
    // As SQLite takes it to be on Unix, unless it is told otherwise.
    if handle.disk.state().fragile {
        0
    } else {
        ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
    }
}

// --- Shared memory -----------------------------------------------------------------------------

unsafe extern "C" fn map(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    size: c_int,
    make: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle(file) };
    let (mut state, meets) = handle.disk.asked(Call::Map);
    if let Meets::Failure(code) | Meets::Half(code) | Meets::Done(code) = meets {
        return code;
    }
    let region = state.locks(handle.file).map(handle.who, place(region), place(size), make != 0);
    // SAFETY: SQLite waits for an answer there.
    unsafe { *out = region.map_or(ptr::null_mut(), |it| it.as_ptr().cast()) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn lock_slots(
    file: *mut ffi::sqlite3_file,
    from: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle(file) };
    let (from, count) = (place(from), place(count));
    if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
        handle.disk.state().locks(handle.file).unlock_slots(handle.who, from, count);
        return ffi::SQLITE_OK;
    }
    let (mut state, meets) = handle.disk.asked(Call::MapLock);
    if let Meets::Failure(code) | Meets::Half(code) | Meets::Done(code) = meets {
        return code;
    }
    let exclusive = flags & ffi::SQLITE_SHM_EXCLUSIVE != 0;
    let had = state.locks(handle.file).lock_slots(handle.who, from, count, exclusive);
    if had { ffi::SQLITE_OK } else { ffi::SQLITE_BUSY }
}

unsafe extern "C" fn barrier(file: *mut ffi::sqlite3_file) {
    // SAFETY: an open file.
    let handle = unsafe { handle(file) };
    fence(Ordering::SeqCst);
    drop(handle.disk.state());
}

unsafe extern "C" fn unmap(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle(file) };
    handle.disk.state().locks(handle.file).unmap(handle.who);
    ffi::SQLITE_OK
}
