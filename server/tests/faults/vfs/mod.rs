//! A machine whose disk is in memory: its calls can fail, its process can be killed, its power can go.

mod disk;
mod ffi;
mod file;
mod image;
mod locks;

use std::path::PathBuf;
use std::sync::Arc;

use fastrand::Rng;

pub(crate) use disk::{Call, Plan};
use disk::{Disk, State};
pub(crate) use image::Image;

/// A machine. What ran on it before goes on running, and gets nothing but errors from its disk, once there is another
/// machine in its place.
#[derive(Debug)]
pub(crate) struct Machine {
    number: u64,
    disk: Arc<Disk>,
}

impl Machine {
    /// With an empty disk.
    pub(crate) fn new(rng: &mut Rng) -> Machine {
        Machine::with(Image::default(), rng)
    }

    /// With a disk that holds this.
    pub(crate) fn with(image: Image, rng: &mut Rng) -> Machine {
        let number = ffi::number();
        let disk = Arc::new(Disk::new(image, rng.fork()));
        ffi::plug(number, Arc::clone(&disk));
        Machine { number, disk }
    }

    /// A database on it, as the store wants to be told.
    pub(crate) fn database(&self) -> PathBuf {
        format!("file:/{}/privacy.db?vfs=faults&early=1", self.number).into()
    }

    pub(crate) fn state<T>(&self, ask: impl FnOnce(&mut State) -> T) -> T {
        ask(&mut self.disk.state())
    }

    /// What stands on the disk for whoever reads it now.
    pub(crate) fn image(&self) -> Image {
        self.state(|it| it.image.clone())
    }

    /// The process is gone, from one call to the next; what it wrote is still on its way to the disk.
    pub(crate) fn killed(&self, rng: &mut Rng) -> Machine {
        let image = self.state(|it| {
            it.power_until = 0;
            it.image.clone()
        });
        self.next(image, rng)
    }

    /// The power is gone, and back.
    pub(crate) fn power_lost(&self, rng: &mut Rng) -> Machine {
        let (image, fragile) = self.state(|it| {
            it.power_until = 0;
            (it.image.clone(), it.fragile)
        });
        self.next(image.after_power_loss(rng, fragile), rng)
    }

    fn next(&self, image: Image, rng: &mut Rng) -> Machine {
        let next = Machine::with(image, rng);
        let (lies, fragile) = self.state(|it| (it.lies, it.fragile));
        next.state(|it| (it.lies, it.fragile) = (lies, fragile));
        next
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.state(|it| it.power_until = 0);
        ffi::unplug(self.number);
    }
}
