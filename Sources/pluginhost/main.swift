import HostCommand

await HostCommand.main()
