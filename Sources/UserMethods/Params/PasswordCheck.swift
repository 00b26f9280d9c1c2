internal import Secrets

/// What came of checking a password, before the store was locked: the hash that it fits, if one.
struct PasswordCheck {
  let fitting: PasswordHash?
}
