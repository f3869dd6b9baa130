//! The key that clients have to show, where there is one.

use axum::http::{HeaderMap, StatusCode, header};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::errors::ApiError;

/// A key, of which only a digest is held.
#[derive(Clone)]
pub struct ApiKey([u8; 32]);

impl ApiKey {
    /// A key as it is written, without blanks around it.
    ///
    /// # Errors
    ///
    /// If it is so short that it can be guessed, or can't stand in a header.
    pub fn new(key: &str) -> Result<Self, String> {
        let key = key.trim();
        if key.len() < SHORTEST {
            return Err(format!("the key has {} characters, and needs {SHORTEST}", key.len()));
        }
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("the key has characters that can't stand in a header".into());
        }
        Ok(Self(digest(key.as_bytes())))
    }

    /// Refuses a request without the key. How long it takes doesn't depend on how much of the key
    /// is right.
    pub fn check(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        let bearer = headers.get(header::AUTHORIZATION).map(|value| value.as_bytes());
        let bearer = bearer.and_then(|value| {
            let (scheme, key) = value.split_at_checked(BEARER.len())?;
            scheme.eq_ignore_ascii_case(BEARER).then_some(key)
        });
        let shown = bearer.or_else(|| headers.get(OWN_HEADER).map(|value| value.as_bytes()));
        let is_right = shown.is_some_and(|key| digest(key.trim_ascii()).ct_eq(&self.0).into());
        if is_right {
            return Ok(());
        }
        let problem = "the key is missing or wrong; send it as \"Authorization: Bearer KEY\"";
        Err(ApiError::new(StatusCode::UNAUTHORIZED, "unauthorized", problem))
    }
}

/// The fewest characters of a key.
const SHORTEST: usize = 16;
const BEARER: &[u8] = b"Bearer ";
const OWN_HEADER: &str = "x-api-key";

fn digest(key: &[u8]) -> [u8; 32] {
    Sha256::digest(key).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_key_opens() {
        let key = ApiKey::new("a key of no blanks".replace(' ', "-").as_str()).unwrap();
        let shown = |name: &'static str, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            key.check(&headers).is_ok()
        };
        assert!(shown("authorization", "Bearer a-key-of-no-blanks"));
        assert!(shown("authorization", "bearer  a-key-of-no-blanks"));
        assert!(shown("x-api-key", "a-key-of-no-blanks"));
        assert!(!shown("authorization", "Bearer a-key-of-no-blank"));
        assert!(!shown("authorization", "a-key-of-no-blanks"));
        assert!(key.check(&HeaderMap::new()).is_err());
        assert!(ApiKey::new("short").is_err());
    }
}
