extension String {
  /// Whether this is one JSON text.
  public var isJSON: Bool {
    var text = self
    return text.withUTF8 { bytes in
      var parser = JSONParser()
      do { _ = try parser.parse(bytes) } catch { return false }
      return true
    }
  }
}
