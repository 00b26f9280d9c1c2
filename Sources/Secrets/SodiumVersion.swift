internal import CSodium

/// The libsodium in use, such as 1.0.18.
public var sodiumVersion: String { String(cString: sodium_version_string()) }
