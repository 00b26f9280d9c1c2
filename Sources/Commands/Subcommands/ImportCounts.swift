import JSON
import UserMethods

/// The number of rows for each outcome.
struct ImportCounts {
  private(set) var imported = 0
  private(set) var updated = 0
  private(set) var skipped = 0
  private(set) var deleted = 0
  var failed = 0
  /// Of the imported: invited accounts, accounts without an invitation yet, and unsent mails.
  private(set) var invited = 0
  private(set) var waiting = 0
  var undelivered = 0

  var count: Int { imported + updated + skipped + deleted + failed }

  mutating func add(_ outcome: ImportOutcome) {
    switch outcome.kind {
    case .imported: imported += 1
    case .updated: updated += 1
    case .skipped: skipped += 1
    case .deleted: deleted += 1
    }
    if outcome.letter != nil {
      invited += 1
    } else if outcome.isWaiting {
      waiting += 1
    }
  }

  func summary(isDryRun: Bool) -> String {
    Terminal.isOutputForPeople ? text(isDryRun) : json(isDryRun)
  }

  private func text(_ isDryRun: Bool) -> String {
    var parts = [
      "\(imported) users imported", "\(skipped) existed already", "\(failed) rows left out",
    ]
    if updated > 0 { parts.insert("\(updated) updated", at: 1) }
    if deleted > 0 { parts.append("\(deleted) deleted ones left out") }
    if invited > 0 { parts.append("\(invited) invited") }
    return parts.joined(separator: ", ") + (isDryRun ? " in a dry run: nothing was kept" : "")
  }

  /// The three main counts, and others if they are not zero.
  private func json(_ isDryRun: Bool) -> String {
    var out = ByteBuffer()
    out.append("{")
    let always: [(StaticString, Int)] = [
      ("imported", imported), ("skipped", skipped), ("failed", failed),
    ]
    let more: [(StaticString, Int)] = [
      ("updated", updated), ("deleted", deleted), ("invited", invited),
      ("undelivered", undelivered),
    ]
    for (name, count) in always + more.filter({ $0.1 > 0 }) {
      out.field(name)
      out.write(count)
    }
    if isDryRun {
      out.field("dry_run")
      out.write(true)
    }
    out.append("}")
    return out.string
  }
}
