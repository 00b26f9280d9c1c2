internal import Contract
internal import Glibc
internal import Users

/// The location of a store, whatever path leads to it. Its log and its lock lie beside the file
/// itself, so that processes with different paths share them.
struct StorePath: Equatable {
  /// The path that was given; it may lead elsewhere now.
  let given: String
  /// The path of the file, with all links resolved.
  let real: String

  /// As many links as the kernel follows (path_resolution(7)).
  private static let linksMax = 40

  init(_ given: String) throws(StoreFileError) {
    self.given = given
    real = try Self.resolve(given, linksLeft: Self.linksMax)
  }

  private static func resolve(_ path: String, linksLeft: Int) throws(StoreFileError) -> String {
    if let real = try realPath(path) { return real }
    guard errno == ENOENT else { throw unreachable(path) }
    if linksLeft > 0, let target = try linkTarget(of: path) {
      // A link to a store that does not exist yet.
      return try resolve(target, linksLeft: linksLeft - 1)
    }
    let name = StoreFile.name(of: path)
    guard !name.isEmpty, let folder = try realPath(StoreFile.folder(of: path)) else { return path }
    return folder == "/" ? folder + name : "\(folder)/\(name)"
  }

  private static func realPath(_ path: String) throws(StoreFileError) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return try text(real, path)
  }

  /// The target of a link; nil if the path is not a link or can't be read.
  static func target(of path: String) -> String? {
    do { return try linkTarget(of: path) } catch { return nil }
  }

  private static func linkTarget(of path: String) throws(StoreFileError) -> String? {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    guard readlink(path, &bytes, bytes.count - 1) > 0 else { return nil }
    return try bytes.withUnsafeBufferPointer { bytes throws(StoreFileError) in
      guard let start = bytes.baseAddress else { return nil }
      let target = try text(start, path)
      return target.utf8.first == UInt8(ascii: "/")
        ? target : StoreFile.path(target, beside: path)
    }
  }

  /// Refuses a name that is not UTF-8, because repairing it could give the name of another file.
  private static func text(
    _ bytes: UnsafePointer<CChar>, _ path: String
  ) throws(StoreFileError) -> String {
    if let text = String(validatingCString: bytes) { return text }
    throw StoreFileError(
      path, "contains a name that is not UTF-8", "Rename it.")
  }

  private static func unreachable(_ path: String) -> StoreFileError {
    StoreFileError(path, "can't be reached: \(StoreFile.message(errno))", "Check the path.")
  }
}
