internal import CLinux
internal import Contract
internal import Glibc
internal import Users

/// Inspects a path before SQLite opens it: a file that is not a store is never changed. (Once
/// SQLite has a file open, no other code in the process may open it: closing it would drop SQLite's
/// locks.)
enum StoreFile {
  private static let headerBytes = 100

  /// Identifies a file, to notice when another one replaces it.
  struct Identity: Equatable {
    private let device: UInt64
    private let inode: UInt64

    /// nil if there is no such file.
    init?(path: String) {
      if path.isEmpty { return nil }
      self.init(roster_identify(AT_FDCWD, path)) { stat(path, &$0) }
    }

    init?(descriptor: Int32) {
      self.init(roster_identify(descriptor, "")) { fstat(descriptor, &$0) }
    }

    /// `other` asks in the older way, for a sandbox that refuses statx.
    private init?(_ found: roster_file_identity, else other: (inout stat) -> Int32) {
      if found.inode != 0 {
        (device, inode) = (found.device, found.inode)
        return
      }
      var facts = stat()
      guard errno == EPERM, other(&facts) == 0 else { return nil }
      (device, inode) = (UInt64(facts.st_dev), UInt64(facts.st_ino))
    }
  }

  /// The files of an open store: the one at its path, the database, its log and the log's index.
  struct Files: Equatable {
    let hasLog: Bool
    private let identities: [Identity?]

    init(_ path: StorePath, hasLog: Bool) {
      self.hasLog = hasLog
      let names = (hasLog ? ["", "-wal", "-shm"] : [""]).map { path.real + $0 }
      identities = ([path.given] + names).map { Identity(path: $0) }
    }

    /// Whether the path still leads to the same database.
    func isStill(at path: StorePath) -> Bool { identities[0] == Identity(path: path.given) }
  }

  enum Found {
    case missing
    case empty
    /// A store with this format version.
    case store(version: Int64)
  }

  /// `mayHaveNames` allows hard links, for a file that is only read and has no log that matters.
  static func inspect(
    _ path: String, mayHaveNames: Bool = false
  ) throws(StoreFileError) -> Found {
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
    if !mayHaveNames { try requireOneName(path, facts) }
    let header = try readHeader(path)
    if header.isEmpty { return .empty }
    return .store(version: try judge(header, path, size: Int64(facts.st_size)))
  }

  /// Refuses a file that has another hard link: a process that opens it by that name would use
  /// another log and another lock. Refuses a file that is mounted without its folder, too.
  static func requireOneName(_ path: String) throws(StoreFileError) {
    var facts = stat()
    if stat(path, &facts) == 0 { try requireOneName(path, facts) }
  }

  private static func requireOneName(_ path: String, _ facts: stat) throws(StoreFileError) {
    if facts.st_nlink > 1 {
      throw StoreFileError(
        path, "has \(facts.st_nlink) names (hard links), and a store may have one",
        "Remove the others: find -inum \(facts.st_ino), in the folders of this disk, lists them.")
    }
    let (own, around) = (roster_mount(path), roster_mount(folder(of: path)))
    if own != around, own != 0, around != 0 {
      throw StoreFileError(
        path, "is mounted without its folder, where its log and its lock are",
        "Mount its folder instead of the file.")
    }
  }

  /// Returns the format version of the store at a path; throws if there is no store.
  static func requireStore(_ path: String) throws(StoreFileError) -> Int64 {
    let problem: Notice
    switch try inspect(path) {
    case .store(let version): return version
    case .missing: problem = "does not exist"
    case .empty: problem = "is empty"
    }
    throw StoreFileError(
      path, problem, "Make a store there with: roster init --store file:\(path) --owner EMAIL")
  }

  /// Refuses a store that a newer Roster has written, even if it is damaged.
  static func requireKnownFormat(_ path: String) throws(StoreFileError) {
    let version = number(try readHeader(path), 60)
    if version > DatabaseSchema.version { throw newer(path, version) }
  }

  private static func newer(_ path: String, _ version: Int64) -> StoreFileError {
    StoreFileError(
      path, "was written by a newer Roster (its format is \(version))", "Update this Roster.")
  }

  /// Refuses a path beside which an old log lies, because SQLite would apply the log to a new file.
  static func requireNoLog(_ path: String) throws(StoreFileError) {
    if isLogEmpty(path) { return }
    throw StoreFileError(
      path, "is missing, but its log \(path)-wal is there",
      "Put the file back, or move the log away.")
  }

  /// Whether the file's header identifies it as a store, even if it is damaged.
  static func isMarked(_ path: String) -> Bool {
    var facts = stat()
    guard stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return false }
    do {
      let header = try readHeader(path)
      return header.count == headerBytes && number(header, 68) == DatabaseSchema.applicationId
    } catch {
      return false
    }
  }

  /// Writes the entries of the file's folder to the disk.
  static func syncFolder(of path: String) {
    let file = open(folder(of: path), O_RDONLY | O_CLOEXEC | O_DIRECTORY)
    if file < 0 { return }
    fsync(file)
    close(file)
  }

  /// Refuses a path where a file exists, or a log that SQLite would apply to a new file.
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
        path, "is missing, but its log exists: \(path)\(log)", "Name another file.")
    }
  }

  /// Where the name of the file begins, after the last slash.
  private static func nameStart(in path: String) -> String.Index {
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    return slash.map { path.utf8.index(after: $0) } ?? path.startIndex
  }

  static func name(of path: String) -> String { String(path[nameStart(in: path)...]) }

  static func folder(of path: String) -> String {
    let folder = path[..<nameStart(in: path)]
    return folder.isEmpty ? "." : String(folder)
  }

  /// Another file in the folder of `path`.
  static func path(_ name: String, beside path: String) -> String {
    path[..<nameStart(in: path)] + name
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

  /// Checks SQLite's file header (https://www.sqlite.org/fileformat2.html#the_database_header).
  private static func judge(
    _ header: [UInt8], _ path: String, size: Int64
  ) throws(StoreFileError) -> Int64 {
    guard header.count == headerBytes, header.starts(with: Array("SQLite format 3\0".utf8)) else {
      throw StoreFileError(path, "is not a Roster store", "Name another file; it was not changed.")
    }
    guard number(header, 68) == DatabaseSchema.applicationId else {
      throw StoreFileError(
        path, "is a database of another application", "Name another file; it was not changed.")
    }
    let version = number(header, 60)
    if version < 1 {
      throw StoreFileError(
        path, "is not a whole store: it has no format version",
        "Do not change the file; restore a backup.")
    }
    if version > DatabaseSchema.version { throw newer(path, version) }
    let pages = number(header, 28)
    // While the log holds frames, the file may be shorter than its header says.
    if size < pages * pageBytes(header), isLogEmpty(path) {
      throw StoreFileError(
        path, "is damaged: it is shorter than its header says",
        "Do not change the file; restore a backup.")
    }
    return version
  }

  /// The page size in bytes; nil if the file is not a store.
  static func pageBytes(of path: String) -> Int64? {
    guard isMarked(path) else { return nil }
    do { return pageBytes(try readHeader(path)) } catch { return nil }
  }

  private static func pageBytes(_ header: [UInt8]) -> Int64 {
    let number = Int64(header[16]) << 8 | Int64(header[17])
    return number == 1 ? 65_536 : number
  }

  /// Copies the content of a file into an empty one.
  static func copy(_ source: String, to draft: String) throws(StoreError) {
    let (from, to) = (open(source, O_RDONLY | O_CLOEXEC), open(draft, O_WRONLY | O_CLOEXEC))
    defer { for file in [from, to] where file >= 0 { close(file) } }
    guard from >= 0, to >= 0 else { throw .failed("\(source): \(message(errno))") }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = read(from, &bytes, bytes.count)
      if count == 0 { return }
      guard count > 0, write(to, bytes, count) == count else {
        throw errno == ENOSPC ? .full : .failed("\(draft): \(message(errno))")
      }
    }
  }

  static func isLogEmpty(_ path: String) -> Bool {
    var facts = stat()
    return stat(path + "-wal", &facts) != 0 || facts.st_size == 0
  }

  private static func number(_ header: [UInt8], _ at: Int) -> Int64 {
    header[at..<(at + 4)].reduce(0) { $0 << 8 | Int64($1) }
  }
}
