internal import Glibc

/// Why a file can't be opened as a store; each says what to do.
public struct StoreFileError: Error, CustomStringConvertible {
  public let description: String

  init(_ path: String, _ problem: String, _ remedy: String) {
    description = "\(path) \(problem)\(problem.hasSuffix(".") ? "" : ".") \(remedy)"
  }
}

/// What is at a path, judged before SQLite touches it: a file that is not a store is left byte for
/// byte as it is. (Once SQLite has a file open, nobody else in the process may open it: closing
/// would drop SQLite's locks.)
enum StoreFile {
  private static let headerBytes = 100

  /// Which file it is, to notice when another one takes its place.
  struct Identity: Equatable {
    let device: UInt64
    let inode: UInt64

    /// nil if there is no such file.
    init?(path: String) {
      var facts = stat()
      guard stat(path, &facts) == 0 else { return nil }
      self.init(facts)
    }

    init?(descriptor: Int32) {
      var facts = stat()
      guard fstat(descriptor, &facts) == 0 else { return nil }
      self.init(facts)
    }

    private init(_ facts: stat) {
      device = UInt64(facts.st_dev)
      inode = UInt64(facts.st_ino)
    }
  }

  /// The files of an open store: the database, its log and the log's index.
  struct Files: Equatable {
    private let identities: [Identity?]

    init(path: String) {
      identities = ["", "-wal", "-shm"].map { Identity(path: path + $0) }
    }
  }

  enum Found {
    case missing
    case empty
    /// With the version of its format.
    case store(version: Int64)
  }

  static func inspect(_ path: String) throws(StoreFileError) -> Found {
    var facts = stat()
    guard stat(path, &facts) == 0 else {
      if errno == ENOENT { return .missing }
      throw StoreFileError(path, "can't be reached: \(message(errno))", "Check the path.")
    }
    if facts.st_mode & S_IFMT == S_IFDIR {
      throw StoreFileError(path, "is a directory", "Name a file in it: file:\(path)/users.db.")
    }
    guard facts.st_mode & S_IFMT == S_IFREG else {
      throw StoreFileError(path, "is not a regular file", "Name another file.")
    }
    let header = try readHeader(path)
    if header.isEmpty { return .empty }
    return .store(version: try judge(header, path, size: Int64(facts.st_size)))
  }

  static func makeEmpty(_ path: String) throws(StoreFileError) {
    let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else {
      throw StoreFileError(path, "can't be made: \(message(errno))", "Check its folder.")
    }
    close(file)
  }

  /// Gives a whole store its name, for good: the folder is written out too.
  static func rename(_ draft: String, to path: String) throws(StoreFileError) {
    guard Glibc.rename(draft, path) == 0 else {
      throw StoreFileError(path, "can't be made: \(message(errno))", "Check its folder.")
    }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let file = open(folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY)
    if file < 0 { return }
    fsync(file)
    close(file)
  }

  /// Removes a draft and what SQLite keeps beside it.
  static func remove(_ path: String) {
    for ending in ["", "-wal", "-shm"] { unlink(path + ending) }
  }

  static func message(_ code: Int32) -> String { String(cString: strerror(code)) }

  private static func readHeader(_ path: String) throws(StoreFileError) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      throw StoreFileError(
        path, "can't be read: \(message(errno))", "Check its owner and permissions.")
    }
    defer { close(file) }
    var header = [UInt8](repeating: 0, count: headerBytes)
    let count = pread(file, &header, headerBytes, 0)
    guard count >= 0 else {
      throw StoreFileError(path, "can't be read: \(message(errno))", "Check the disk.")
    }
    return Array(header.prefix(count))
  }

  /// Looks at SQLite's file header (https://www.sqlite.org/fileformat2.html#the_database_header).
  private static func judge(
    _ header: [UInt8], _ path: String, size: Int64
  ) throws(StoreFileError) -> Int64 {
    guard header.count == headerBytes, header.starts(with: Array("SQLite format 3\0".utf8)) else {
      throw StoreFileError(path, "is not a Roster store", "Name another file; it was not changed.")
    }
    guard number(header, 68) == Schema.applicationId else {
      throw StoreFileError(
        path, "is a database of another application", "Name another file; it was not changed.")
    }
    let version = number(header, 60)
    if version < 1 {
      throw StoreFileError(
        path, "is not a whole store: it has no format version",
        "Leave it as it is and restore a copy.")
    }
    if version > Schema.version {
      throw StoreFileError(
        path, "was written by a newer Roster (its format is \(version))", "Update this Roster.")
    }
    let page = Int64(header[16]) << 8 | Int64(header[17])
    let pages = number(header, 28)
    // While the log holds frames the file may rightly be shorter than it will be.
    if size < pages * (page == 1 ? 65_536 : page), isLogEmpty(path) {
      throw StoreFileError(
        path, "is damaged: it is shorter than its header says",
        "Leave it as it is and restore a copy.")
    }
    return version
  }

  static func isLogEmpty(_ path: String) -> Bool {
    var facts = stat()
    return stat(path + "-wal", &facts) != 0 || facts.st_size == 0
  }

  private static func number(_ header: [UInt8], _ at: Int) -> Int64 {
    header[at..<(at + 4)].reduce(0) { $0 << 8 | Int64($1) }
  }
}
