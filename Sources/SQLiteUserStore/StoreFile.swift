internal import Glibc

/// Why a file can't be opened as a store; each says what to do.
public struct StoreFileError: Error, CustomStringConvertible {
  /// A sentence that begins with the path.
  public let problem: String
  public let remedy: String

  init(_ path: String, _ problem: String, _ remedy: String) {
    self.problem = "\(path) \(problem)\(problem.hasSuffix(".") ? "" : ".")"
    self.remedy = remedy
  }

  public var description: String { "\(problem) \(remedy)" }
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

  /// The version of the format of the store at a path; refuses a path without one.
  static func requireStore(_ path: String) throws(StoreFileError) -> Int64 {
    let problem: String
    switch try inspect(path) {
    case .store(let version): return version
    case .missing: problem = "does not exist"
    case .empty: problem = "is empty"
    }
    throw StoreFileError(
      path, problem, "Make a store there with: roster init --store file:\(path) --owner EMAIL")
  }

  /// Whether the file says of itself that it is a store, whole or not.
  static func isMarked(_ path: String) -> Bool {
    var facts = stat()
    guard stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return false }
    do {
      let header = try readHeader(path)
      return header.count == headerBytes && number(header, 68) == Schema.applicationId
    } catch {
      return false
    }
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
    syncFolder(of: path)
  }

  /// Writes out what a folder says of its files.
  static func syncFolder(of path: String) {
    let file = open(folder(of: path), O_RDONLY | O_CLOEXEC | O_DIRECTORY)
    if file < 0 { return }
    fsync(file)
    close(file)
  }

  /// Refuses a path where there is something, or a log that SQLite would take for that of a new
  /// file.
  static func requireNothing(at path: String) throws(StoreFileError) {
    var facts = stat()
    guard stat(folder(of: path), &facts) == 0 else {
      throw StoreFileError(path, "can't be made: its folder: \(message(errno))", "Make the folder.")
    }
    if stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR {
      throw StoreFileError(path, "is a directory", "Name a file in it.")
    }
    if lstat(path, &facts) == 0 {
      throw StoreFileError(path, "exists already", "Name another file: nothing is overwritten.")
    }
    for log in ["-wal", "-journal"] where lstat(path + log, &facts) == 0 {
      throw StoreFileError(
        path, "is missing, but a log of it is there: \(path)\(log)", "Name another file.")
    }
  }

  /// Gives a whole file its name, unless another one has come there; the folder is written out too.
  static func publish(_ draft: String, as path: String) throws(StoreFileError) {
    // Unlike a new name, a second one never takes another file's place.
    if link(draft, path) == 0 {
      unlink(draft)
      return syncFolder(of: path)
    }
    guard errno == EPERM || errno == EOPNOTSUPP else {
      throw StoreFileError(path, "can't be made: \(message(errno))", "Name another file.")
    }
    // FAT, say, has no second names.
    try requireNothing(at: path)
    try rename(draft, to: path)
  }

  /// Waits until the whole file is on the disk; gives its size in bytes.
  static func writeOut(_ path: String) throws(StoreFileError) -> Int {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    defer { close(file) }
    var facts = stat()
    guard file >= 0, fsync(file) == 0, fstat(file, &facts) == 0 else {
      throw StoreFileError(path, "can't be written: \(message(errno))", "Check the disk.")
    }
    return Int(facts.st_size)
  }

  static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
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
