package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/samespan/samespan/conformance"
)

// Program is a user's program that implements the contract, as described by a command's
// flags.
type Program struct {
	command           string // shell command that starts the program; "" if the program is already running
	name              string // in reports
	framework         string // in reports
	url               string // base URL of the program; "" if it listens on SAMESPAN_ADDR
	addr              string // address in url, as host:port
	receiverAddr      string // address on which the suite receives exports, as host:port
	peerHost          string // host name or address by which the program reaches the suite
	capabilities      List   // may contain askValue
	parameterRoute    string // example route with a parameter, in the syntax of the framework, or noRoutes
	wildcardRoute     string // example route with a wildcard, in the syntax of the framework, or ""
	excludeVariable   string // name of the environment variable that sets exclusion rules
	knownFailuresFile string // path of the file of known failures
}

// Flags registers the flags that describe the program.
func (p *Program) Flags(flags *flag.FlagSet) {
	flags.StringVar(&p.command, "exec", "", "the `shell` command that starts the program under test; the program must exit at SIGTERM")
	flags.StringVar(&p.url, "url", "", "the base `URL` of the program, http://host:port; required without --exec, if the program is already running, or if it does not listen on SAMESPAN_ADDR")
	flags.StringVar(&p.receiverAddr, "receiver", defaultReceiverAddr, "the `address` on which the suite receives OTLP from a program that is already running")
	flags.StringVar(&p.peerHost, "peers", "", "the `host` at which the program reaches the suite, if it is on another network, for example host.docker.internal for a program in a container (default 127.0.0.1)")
	flags.StringVar(&p.name, "name", "program", "the program's `name` in the report")
	flags.StringVar(&p.framework, "framework", "", "the `framework` of the program, for the report")
	flags.Var(&p.capabilities, "have", "the program's `capabilities`, separated by commas; samespan list --capabilities describes them; ask adds those that the suite detects; --exec adds process")
	flags.StringVar(&p.knownFailuresFile, "known", "", "the `file` that lists known failures and checks to skip, each with its reason")
	flags.StringVar(&p.parameterRoute, "routes", "/process/{item_id}", "the `route` /process/{item_id} in the syntax of the framework, such as /process/:item_id, process/<str:item_id> or /process/:item_id(.:format), or none if the program has no router")
	flags.StringVar(&p.wildcardRoute, "wildcards", "", "a `route` with a wildcard in the syntax of the framework, such as /files/*path, /files/* or /files/<path:path>; needed if wildcards differ from the parameter in --routes")
	flags.StringVar(&p.excludeVariable, "exclude-variable", "", "the name of the environment `variable` that sets the program's exclusion rules, for the capability exclusion rules")
}

// defaultReceiverAddr is the default of --receiver. It is also the default address of
// collectors.
const defaultReceiverAddr = "127.0.0.1:4317"

// IsGiven reports whether the flags name a program: --exec or --url is set.
func (p *Program) IsGiven() bool { return p.command != "" || p.url != "" }

// isRunning reports whether the program is already running, so that the suite does not
// start it.
func (p *Program) isRunning() bool { return p.command == "" }

// Validate returns an error if the flags are invalid. It also parses the URL.
func (p *Program) Validate() error {
	if p.receiverAddr != defaultReceiverAddr && (p.url == "" || !p.isRunning()) {
		return errors.New("--receiver is for a program that is already running: use it with --url and without --exec")
	}
	if !p.IsGiven() {
		return nil
	}
	if strings.ContainsAny(p.peerHost, "/ ") || p.peerHost != "" && strings.Contains(p.peerHost, ":") && !isIPAddress(p.peerHost) {
		return fmt.Errorf("--peers: got %q, want a host without a scheme or a port", p.peerHost)
	}
	if p.isRunning() && slices.Contains(p.capabilities, askValue) {
		return errors.New("--have ask needs --exec, since it starts the program several times")
	}
	for _, capability := range p.capabilities {
		if capability != askValue && !slices.Contains(conformance.Capabilities(), conformance.Capability(capability)) {
			return fmt.Errorf("--have: unknown capability %q, want ask or some of %q", capability, conformance.Capabilities())
		}
	}
	if err := p.validateRoutes(); err != nil {
		return err
	}
	if p.url == "" {
		return nil
	}
	parsed, err := url.Parse(p.url)
	if err != nil {
		return fmt.Errorf("--url: got %q, want http://host:port: %w", p.url, err)
	}
	if parsed.Scheme != "http" || parsed.Port() == "" || strings.Trim(parsed.Path, "/") != "" {
		return fmt.Errorf("--url: got %q, want http://host:port", p.url)
	}
	p.addr = parsed.Host
	return nil
}

// Options returns the options that the flags set: the addresses of the program and of the
// suite.
func (p *Program) Options() []conformance.Option {
	var options []conformance.Option
	if p.addr != "" {
		options = append(options, conformance.WithAddress(p.addr))
	}
	if p.IsGiven() && p.isRunning() {
		options = append(options, conformance.WithReceiver(p.receiverAddr))
	}
	if p.peerHost != "" {
		options = append(options, conformance.WithPeers(p.peerHost))
	}
	return options
}

// isIPAddress reports whether a host is an IPv4 or IPv6 address, and not a name.
func isIPAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// askValue, in the list of --have, makes the suite try all capabilities that the list does
// not name.
const askValue = "ask"

// Subject returns the program as a subject. If --have contains "ask", it also tries the
// capabilities that --have does not name.
func (p *Program) Subject(ctx context.Context, progress io.Writer) (conformance.Subject, error) {
	subject := conformance.Subject{
		Name: p.name, Framework: p.framework,
		Starter:         conformance.Running(),
		Template:        p.template(),
		ExcludeVariable: p.excludeVariable,
	}
	if !p.isRunning() {
		subject.Has = append(subject.Has, conformance.Process)
		subject.Starter = conformance.Shell(p.command)
	}
	for _, capability := range p.capabilities {
		if capability != askValue {
			subject.Has = append(subject.Has, conformance.Capability(capability))
		}
	}
	if p.knownFailuresFile != "" {
		expected, err := ReadExpected(p.knownFailuresFile)
		if err != nil {
			return subject, err
		}
		expected.apply(&subject)
	}
	if !slices.Contains(p.capabilities, askValue) {
		return subject, nil
	}
	found, err := conformance.Ask(ctx, subject, p.Options()...)
	if err != nil {
		return subject, err
	}
	for _, capability := range found {
		if !slices.Contains(subject.Has, capability) {
			subject.Has = append(subject.Has, capability)
		}
	}
	fmt.Fprintf(progress, "%s has the capabilities: %s\n", p.name, joinCapabilities(subject.Has))
	return subject, nil
}

// joinCapabilities returns capabilities in the format of --have.
func joinCapabilities(capabilities []conformance.Capability) string {
	var names []string
	for _, capability := range capabilities {
		names = append(names, string(capability))
	}
	return strings.Join(names, ",")
}
