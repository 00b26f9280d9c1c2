internal import Secrets

/// The result of a password check before the write lock: the matching hash, or nil.
struct PasswordCheck {
  let fitting: PasswordHash?
}
