import UserMethods
import Users

/// How many rows came to what.
struct ImportTally {
  private(set) var imported = 0
  private(set) var skipped = 0
  var failed = 0

  var count: Int { imported + skipped + failed }

  mutating func add<Store: UserStore>(_ outcome: Importer<Store>.Outcome) {
    switch outcome {
    case .imported: imported += 1
    case .skipped: skipped += 1
    }
  }

  var summary: String {
    Terminal.isOutputForPeople
      ? "\(imported) users imported, \(skipped) were there already, \(failed) rows left out"
      : "{\"imported\":\(imported),\"skipped\":\(skipped),\"failed\":\(failed)}"
  }
}
