//! Getting a data set: from its publisher's addresses, or of a folder that a person has.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{DataSet, DataSetPlaces, Gives, Published, divide::divide, take};
use crate::{
    Error, Result,
    fetch::{self, DownloadProgress},
    files::NewFolders,
};

/// Where downloads lie until they are whole.
const PARTS: &str = ".parts";

/// A data set on this machine.
#[derive(Debug, Serialize)]
pub struct Pulled {
    /// Its folder.
    pub folder: PathBuf,
    /// Its files and folders.
    pub files: Vec<PulledFile>,
    /// What the given folder didn't have.
    pub missing: Vec<&'static str>,
}

/// A file or folder of it.
#[derive(Debug, Serialize)]
pub struct PulledFile {
    /// Its name.
    pub name: &'static str,
    /// How it came.
    pub way: Way,
    /// Whether a hash that the publisher states was compared.
    pub checked: bool,
}

/// How a file came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// It was there.
    Kept,
    /// From the network.
    Downloaded,
    /// From the given folder.
    Taken,
    /// It is a part of another file.
    Divided,
}

/// Gets a data set into its folder, where what is there already stays. A file gets its name when it
/// is whole and, where the publisher states a hash, has that. A download that broke off goes on the
/// next time.
///
/// # Errors
///
/// If a publisher doesn't answer or gives no files to programs, a hash is another, or the given
/// folder has none of the files.
pub fn pull(
    set: &DataSet,
    places: &DataSetPlaces,
    progress: &mut dyn DownloadProgress,
) -> Result<Pulled> {
    let folder = places.folder.join(set.folder);
    let wanted: Vec<_> = set.files.iter().filter(|file| !file.is_in(&folder)).collect();
    let problem = |problem: String| Error::setting(format!("data set \"{}\"", set.name), problem);
    if let (Some(by_hand), None, false) = (set.by_hand, &places.from, wanted.is_empty()) {
        return Err(problem(format!(
            "has to be got by hand from {}: {by_hand}; then name the folder that it is in, and its \
             files are put where recipes look",
            set.home
        )));
    }
    let _folders = NewFolders::create(&folder).map_err(Error::io(&folder, "create"))?;
    let mut pulled = Pulled { folder: folder.clone(), files: Vec::new(), missing: Vec::new() };
    for file in set.files {
        if file.is_in(&folder) {
            pulled.add(file, Way::Kept, false);
            continue;
        }
        match &places.from {
            Some(from) => match file.find_in(from) {
                Some(found) => {
                    let compared = take::take(file, &found, &folder)?;
                    pulled.add(file, Way::Taken, compared);
                }
                None => pulled.missing.extend(file.names()),
            },
            None => {
                let compared = get(file, &folder, places, progress).map_err(problem)?;
                pulled.add(file, Way::Downloaded, compared);
            }
        }
    }
    if let (Some(from), true) = (&places.from, pulled.files.is_empty()) {
        if !from.is_dir() {
            return Err(Error::file(from, "is no folder; name the one that holds the files"));
        }
        let names: Vec<_> = set.files.iter().map(Published::in_words).collect();
        let problem = format!("has nothing of the data set {}: {}", set.name, names.join(", "));
        return Err(Error::file(from, problem));
    }
    if let Some(division) = set.division.filter(|division| folder.join(division.of).exists()) {
        let divided = divide(division, &folder)?;
        let divided = divided.into_iter();
        let of = |name| PulledFile { name, way: Way::Divided, checked: false };
        pulled.files.extend(divided.map(of));
    }
    Ok(pulled)
}

impl Pulled {
    fn add(&mut self, file: &Published, way: Way, checked: bool) {
        self.files.extend(file.names().map(|name| PulledFile { name, way, checked }));
    }
}

impl Published {
    /// The names of what it gives.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        let names = match &self.gives {
            Gives::File(name) | Gives::Gzip(name) | Gives::Folder { name, .. } => vec![*name],
            Gives::Members(members) => members.iter().map(|member| member.name).collect(),
        };
        names.into_iter()
    }

    fn is_in(&self, folder: &Path) -> bool {
        self.names().all(|name| folder.join(name).exists())
    }

    /// What the publisher calls it.
    pub(super) fn published_name(&self) -> &'static str {
        self.address.rsplit('/').next().unwrap_or(self.address)
    }

    /// It in a folder that a person has: as the publisher calls it, or as recipes do.
    fn find_in(&self, from: &Path) -> Option<PathBuf> {
        let published = self.published_name();
        let published = (!published.is_empty()).then(|| from.join(published));
        let named = match &self.gives {
            Gives::File(name) | Gives::Gzip(name) => vec![from.join(name)],
            Gives::Members(_) => Vec::new(),
            Gives::Folder { inside, name, .. } => vec![from.join(inside), from.join(name)],
        };
        let whole = || match &self.gives {
            Gives::Folder { inside, .. } => from.ends_with(inside).then(|| from.to_owned()),
            Gives::Members(members) => {
                members.iter().any(|member| from.join(member.inside).is_file()).then(|| from.into())
            }
            _ => None,
        };
        let found = published.into_iter().chain(named).find(|path| path.exists()).or_else(whole);
        found.or_else(|| self.of_repository(from))
    }

    /// GitHub's archive of a repository in a folder, as browsers name it (`NAME-BRANCH.zip`), or the
    /// folder in it that is wanted, where it is unpacked.
    fn of_repository(&self, from: &Path) -> Option<PathBuf> {
        let Gives::Folder { inside, .. } = &self.gives else { return None };
        let (repository, _) = self.address.rsplit_once("/zip/")?;
        let name = format!("{}-", repository.rsplit('/').next()?);
        let entries = fs::read_dir(from).ok()?.flatten().map(|entry| entry.path());
        let is_its = |path: &PathBuf| {
            path.file_name().is_some_and(|found| found.to_string_lossy().starts_with(&name))
        };
        let mut found: Vec<_> = entries.filter(is_its).collect();
        found.sort();
        let is_zip = |path: &Path| path.extension().is_some_and(|ending| ending == "zip");
        found.into_iter().find_map(|path| match path.is_dir() {
            true => Some(path.join(inside)).filter(|folder| folder.is_dir()),
            false => is_zip(&path).then_some(path),
        })
    }

    fn in_words(&self) -> String {
        let names: Vec<_> = self.names().collect();
        match self.published_name() {
            "" => names.join(", "),
            published if names == [published] => published.to_owned(),
            published => format!("{published} (for {})", names.join(", ")),
        }
    }
}

/// Downloads a file and takes it.
fn get(
    file: &Published,
    folder: &Path,
    places: &DataSetPlaces,
    progress: &mut dyn DownloadProgress,
) -> Result<bool, String> {
    let address = places.address(file.address);
    if places.offline {
        return Err(format!("isn't here whole, and the network isn't asked for {address}"));
    }
    let parts = folder.join(PARTS);
    let _parts = NewFolders::create(&parts).map_err(|e| format!("{}: {e}", parts.display()))?;
    let part = parts.join(file.published_name());
    progress.looking(&address);
    fetch::download(&address, &part, places.patience, progress)
        .map_err(|problem| format!("couldn't be got from {address}: {problem}"))?;
    let taken = take::take(file, &part, folder);
    // What isn't right must not be gone on with, and of what is nothing stays.
    let _ = fs::remove_file(&part);
    let _ = fs::remove_dir(&parts);
    // The file's place while it comes means nothing to people.
    let place = part.display().to_string();
    taken.map_err(|error| error.to_string().replace(&place, &address))
}
