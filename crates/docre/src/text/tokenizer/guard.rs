//! A wall between a damaged `tokenizer.json` and the program.
//!
//! The crate `tokenizers` takes for granted that its files are whole: normalizers, decoders and
//! models panic while they are read, or later over some texts (maps of characters that are cut
//! short, expressions that run too long, ids without a token). What such a file can hold is the
//! library's own business, so it isn't judged here before: a panic is caught and told as the
//! file's mistake.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// Whether this thread is inside of [`guarded`].
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// What `call` returns, or what it panicked with. Nothing of it is printed.
pub(super) fn guarded<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    quiet_hook();
    let outer = INSIDE.replace(true);
    // What the library's caches hold after a panic is not asked for again: the caller gives up
    // the tokenizer, or at least this text.
    let result = panic::catch_unwind(AssertUnwindSafe(call));
    INSIDE.set(outer);
    result.map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        text.unwrap_or("no reason is given").lines().next().unwrap_or_default().to_owned()
    })
}

/// Leaves out the message of panics that are caught here; all others are told as before.
fn quiet_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !INSIDE.get() {
                before(panic);
            }
        }));
    });
}

/// Texts that lead through every step of a tokenizer, for a first trial: letters of several
/// scripts, marks, digits, blanks, what normal forms change, and characters of no vocabulary.
pub(super) const TRIALS: [&str; 8] = [
    "Anna met Otto in Oslo.",
    "It's 1,000.5 km (or so) - \"far\" away\t\n  ",
    "na\u{ef}ve cafe\u{301} \u{132} \u{fb01} \u{bd} \u{2122}",
    "\u{4ed6}\u{8d70}\u{4e86}\u{3002} \u{30ab}\u{30bf}\u{30ab}\u{30ca} \u{c11c}\u{c6b8}",
    "\u{41c}\u{43e}\u{441}\u{43a}\u{432}\u{430} \u{627}\u{644}\u{639} \u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{928}\u{92e}",
    "\u{1f600}\u{1f468}\u{200d}\u{1f469} \u{a0}\u{2003}\u{200b}\u{feff}\u{0}\u{fffd}",
    "\u{10ffff}\u{e000}\u{2581} \u{120}\u{10a}",
    "*",
];

#[cfg(test)]
mod tests {
    use super::guarded;

    #[test]
    fn a_panic_becomes_a_message() {
        assert_eq!(guarded(|| 3), Ok(3));
        let failed: Result<(), _> = guarded(|| panic!("index {} is out of range\nmore", 7));
        assert_eq!(failed, Err("index 7 is out of range".into()));
    }
}
