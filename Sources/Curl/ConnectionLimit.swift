internal import CCurl

/// How many connections libcurl keeps, of all origins together; beyond that, the idle one that is the oldest goes.
///
/// libcurl counts those in use too. With a fixed number, peers that hang would fill it, and each request to another peer would
/// end with its connection being closed. So the limit follows the transfers under way. The transfer thread's.
struct ConnectionLimit {
    /// Those that no transfer uses.
    private static let idle = 512
    /// So that the limit does not change with every transfer.
    private static let step = 256

    private var limit = 0

    /// Adapts the limit to the number of transfers under way.
    mutating func follow(active: Int, of multi: UnsafeMutableRawPointer) {
        let wanted = Self.idle + (active + Self.step - 1) / Self.step * Self.step
        guard wanted != limit, ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, wanted) == CURLM_OK else { return }
        limit = wanted
    }
}
