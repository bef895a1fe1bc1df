package conformance

// Option configures [Run].
type Option interface{ apply(*config) }

type config struct {
	patterns []string
	level    Level
	onResult func(Result)
	addr     string
	receiver string
	peers    string
}

func newConfig(options []Option) *config {
	c := new(config)
	for _, o := range options {
		o.apply(c)
	}
	return c
}

type option func(*config)

func (o option) apply(c *config) { o(c) }

// WithChecks runs only the checks whose ids match a pattern, such as
// "exclude/*", in the syntax of path.Match. Default: all. A pattern that
// matches no check makes Run return an error.
func WithChecks(patterns ...string) Option {
	return option(func(c *config) { c.patterns = append(c.patterns, patterns...) })
}

// WithLevel runs only the checks of a level. Default: both.
func WithLevel(level Level) Option {
	return option(func(c *config) { c.level = level })
}

// WithResults calls f with each result as soon as there is one.
func WithResults(f func(Result)) Option {
	return option(func(c *config) { c.onResult = f })
}

// WithAddress is for a subject that listens on a fixed address instead of the
// contract's SAMESPAN_ADDR: its services run in sequence on addr ("host:port").
// Default: a free address for each.
func WithAddress(addr string) Option {
	return option(func(c *config) { c.addr = addr })
}

// WithReceiver sets the address, "host:port", on which the suite receives
// exports. It is for [Running]; other services are told where to export.
// Default: a free address for each service.
func WithReceiver(addr string) Option {
	return option(func(c *config) { c.receiver = addr })
}

// WithPeers is for a service on another network than the suite's, such as one in a
// container: host is the name or address by which it reaches the suite, where it
// calls the suite's own services in POST /relay. These listen at all interfaces then,
// on ports that are free, and the address of the suite, which the service sees as its
// client's, is not judged. Default: 127.0.0.1, at that interface alone.
func WithPeers(host string) Option {
	return option(func(c *config) { c.peers = host })
}
