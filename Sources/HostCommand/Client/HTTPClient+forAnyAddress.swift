import Curl

extension HTTPClient {
    /// A client for the URLs that the person at the keyboard names, who may reach inside their own network.
    static func forAnyAddress() throws(CommandFailure) -> HTTPClient {
        do {
            let everywhere = [try CIDR(parsing: "0.0.0.0/0"), try CIDR(parsing: "::/0")]
            var configuration = Configuration()
            configuration.addressGuard = AddressGuard(allow: everywhere, refusedPorts: [])
            return try HTTPClient(configuration)
        } catch {
            throw CommandFailure("cannot prepare to send requests: \(error.message)", hint: error.hint)
        }
    }
}
