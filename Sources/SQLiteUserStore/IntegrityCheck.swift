internal import CLinux
internal import CSQLite
internal import Contract
internal import Glibc
public import Users

/// Checks a store, its files, and their disk and folder, and changes nothing.
public struct IntegrityCheck {
  /// The SQLite in use, such as 3.40.1.
  public static var sqliteVersion: String { String(cString: sqlite3_libversion()) }

  /// Whether the SQLite in use can lose commits by itself
  /// (https://www.sqlite.org/wal.html#walresetbug).
  public static var hasWALResetBug: Bool { sqlite3_libversion_number() < 3_051_003 }

  /// With less free space than this, the check warns.
  private static let freeMibMin = 100
  /// A lock that is held longer than this is reported.
  private static let heldLockMsMax = 2000

  /// Returns the names of the roles that a policy defines.
  public typealias RoleReader = (_ policy: String) throws(StoreError) -> [String]

  private let path: String
  /// Why the path can't be resolved; nil if it can.
  private let unreachable: StoreFileError?
  private let roleNames: RoleReader

  /// `roleNames` reads the policy, whose text the store does not interpret: it returns the custom
  /// roles, or throws `.corrupt`.
  public init(path: String, roleNames: @escaping RoleReader) {
    self.roleNames = roleNames
    var (real, problem) = (path, StoreFileError?.none)
    do throws(StoreFileError) { real = try StorePath(path).real } catch { problem = error }
    self.path = real
    unreachable = problem
  }

  /// Reports one check after another. Returns true if the store can be used as it is.
  ///
  /// Checks that depend on a failed one are left out.
  public func run(_ report: (Check) -> Void) -> Bool {
    if let unreachable {
      report(.fail("store", unreachable.problem.text, unreachable.remedy.text))
      return false
    }
    // The file is read before SQLite opens it: after that, no other code may open it (see
    // `StoreFile`).
    let isMarked = StoreFile.isMarked(path)
    let (store, contents) = openStore()
    report(store)
    // The other checks make no sense for a file that is not a store.
    guard isMarked else { return false }
    report(permissions())
    report(fileSystem())
    report(freeSpace())
    report(lock())
    guard let contents else { return false }
    contents.run(report)
    return contents.isCurrent
  }

  private func openStore() -> (Check, ContentCheck?) {
    let name = "store"
    do {
      _ = try StoreFile.requireStore(path)
      let contents = try ContentCheck(path: path, roleNames: roleNames)
      let detail = "\(path), format \(contents.format)"
      if contents.isCurrent { return (.ok(name, detail), contents) }
      let remedy =
        "No action needed: roster serve upgrades it to format \(DatabaseSchema.version)."
      return (.warn(name, detail + ", of an older Roster", remedy), contents)
    } catch let error as StoreFileError {
      return (.fail(name, error.problem.text, error.remedy.text), nil)
    } catch let error as StoreError {
      return (.fail(name, error), nil)
    } catch {
      return (.fail(name, "\(error)", "Report this."), nil)
    }
  }

  // MARK: Permissions

  private func permissions() -> Check {
    let files = ["", "-wal", "-shm", "-lock"].map { path + $0 }
    let found = files.flatMap(fileProblems) + folderProblems()
    guard let status = found.map(\.status).max() else {
      return .ok("permissions", "only you can read the files or replace them")
    }
    return Check(
      name: "permissions", status: status,
      detail: found.map(\.detail).joined(separator: "; "),
      remedy: found.compactMap(\.remedy).joined(separator: "; "))
  }

  private func fileProblems(_ path: String) -> [Check] {
    var facts = stat()
    guard stat(path, &facts) == 0 else { return [] }
    let mode = facts.st_mode & 0o777
    let text = "\(path) has mode 0\(String(mode, radix: 8))"
    var found: [Check] = []
    if mode & 0o077 != 0 {
      found.append(.fail("", "\(text), so other users can access it", "chmod 600 \(path)"))
    } else if mode != 0o600 {
      found.append(.warn("", text, "chmod 600 \(path), if it is to be changed"))
    }
    if facts.st_uid != geteuid() {
      let problem = "\(path) belongs to user \(facts.st_uid), and you are user \(geteuid())"
      found.append(.warn("", problem, "work as its owner, or chown it"))
    }
    return found
  }

  /// A user with write access to the folder can replace the store.
  private func folderProblems() -> [Check] {
    let folder = StoreFile.folder(of: path)
    var facts = stat()
    guard stat(folder, &facts) == 0 else { return [] }
    let isSticky = facts.st_mode & S_ISVTX != 0
    let remedy = "chmod go-w \(folder), or move the store to a folder of its own"
    if facts.st_mode & S_IWOTH != 0 {
      let problem = "everybody can write to the folder \(folder)"
      return [isSticky ? .warn("", problem, remedy) : .fail("", problem, remedy)]
    }
    if facts.st_mode & S_IWGRP != 0 {
      return [.warn("", "a group can write to the folder \(folder)", remedy)]
    }
    return []
  }

  // MARK: The disk

  /// By their numbers in <linux/magic.h>. FUSE may be local or remote; its number does not show
  /// which.
  private static let remoteFileSystems: [Int: String] = [
    0x6969: "NFS", 0xFF53_4D42: "CIFS", 0xFE53_4D42: "SMB", 0x517B: "SMB", 0x5346_414F: "AFS",
    0x00C3_6400: "Ceph", 0x0102_1997: "9P", 0x786F_4256: "a VirtualBox share",
    0x6573_5546: "FUSE, which may be remote",
  ]

  private func fileSystem() -> Check {
    let name = "file_system"
    let kind = roster_file_system(path)
    if kind < 0 {
      return .warn(name, "can't be determined: \(StoreFile.message(errno))", "Check the path.")
    }
    guard let remote = Self.remoteFileSystems[kind] else { return .ok(name, "local") }
    return .warn(
      name, "\(remote): SQLite's log needs memory that all processes share, and working locks",
      "Move the store to a local disk, unless one machine alone uses it.")
  }

  private func freeSpace() -> Check {
    let name = "free_space"
    var facts = statvfs()
    guard statvfs(path, &facts) == 0 else {
      return .warn(name, "can't be determined: \(StoreFile.message(errno))", "Check the path.")
    }
    let mib = Int(facts.f_bavail * facts.f_frsize) >> 20
    if mib >= Self.freeMibMin { return .ok(name, "\(mib) MiB") }
    return .warn(name, "only \(mib) MiB are left", "Make room: a full disk takes no changes.")
  }

  // MARK: The lock

  private func lock() -> Check {
    let name = "lock"
    do {
      // The first process that writes makes the lock file; a check does not.
      guard let lock = try WriteLock(existingOf: path) else { return .ok(name, "free") }
      if lock.acquireIfFree() { return .ok(name, "free") }
      let start = Stopwatch.nowMs
      try lock.acquire(waitMsMax: Self.heldLockMsMax)
      return .ok(name, "in use; free after \(Stopwatch.nowMs - start) ms")
    } catch .busy {
      return .warn(
        name, "held for more than \(Self.heldLockMsMax / 1000) s: changes may get 503 busy",
        "Find the process that holds it: fuser -v \(path)-lock")
    } catch {
      return .fail(name, error)
    }
  }
}
