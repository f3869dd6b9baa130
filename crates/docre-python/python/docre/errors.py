"""What can be wrong. Each error says where, what, and what to do."""

import reprlib

short = reprlib.repr
"""A value for a message, cut where it is long."""


class Error(Exception):
    """A mistake that whoever calls docre has to mend."""


class DocumentError(Error, ValueError):
    """A document holds what it can't, or lacks what it must have."""


class SettingError(Error, ValueError):
    """A setting or an argument has an impossible value."""


class FileError(Error, OSError):
    """A file or folder can't be read or written, or doesn't hold what it should."""


class MissingFileError(FileError, FileNotFoundError):
    """A file or folder that is named isn't there."""


class LimitError(Error):
    """There is more of something than docre takes."""


class NotSupportedError(Error):
    """Something that docre doesn't read, write or do."""
