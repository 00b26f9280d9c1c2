import Contract
import JSON
import UserMethods

/// A row of an import that waits to be looked up together with others.
///
/// A value that was parsed, and what is prepared from it, refer to the bytes of the source, which are
/// gone when the next row is read. So this has bytes of its own, and a parser that keeps its value.
final class WaitingRow {
  let location: RowLocation
  private(set) var row: RowSource.Row
  private(set) var prepared: Result<ImportRow, Failure>
  private let bytes: UnsafeMutableBufferPointer<UInt8>
  private var parser = JSONParser()

  init(
    _ location: RowLocation, _ row: RowSource.Row,
    _ prepare: (JSONValue) throws(Failure) -> ImportRow
  ) {
    self.location = location
    self.row = row
    guard case .success(let json) = row else {
      bytes = .allocate(capacity: 0)
      prepared = row.flatMap { _ in .failure(.internalError) }
      return
    }
    bytes = .allocate(capacity: json.raw.count)
    _ = bytes.initialize(from: json.raw)
    prepared = .failure(.internalError)
    do throws(JSONSyntaxError) {
      let own = try parser.parse(UnsafeBufferPointer(bytes), takingLoneSurrogates: true)
      self.row = .success(own)
      prepared = Result { () throws(Failure) in try prepare(own) }
    } catch {
      // The text was parsed once, so it is valid.
    }
  }

  deinit { bytes.deallocate() }
}
