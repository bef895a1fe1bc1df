package main

import (
	"errors"
	"flag"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/samespan/samespan/conformance"
)

// program is a program of the user's own that keeps the contract: what the
// flags of the command matrix say of it.
type program struct {
	command, name, framework string
	url, addr, receiver      string
	have                     list
	routes, wildcards        string
	exclude                  string
}

func (p *program) flags(flags *flag.FlagSet) {
	flags.StringVar(&p.command, "exec", "", "judge the program that this shell `command` starts, which must end at SIGTERM")
	flags.StringVar(&p.url, "url", "", "the `URL` at which it answers, if it does not listen where SAMESPAN_ADDR says; without --exec, of a program that runs already")
	flags.StringVar(&p.receiver, "receiver", defaultReceiver, "the `address` to which a program that runs already exports")
	flags.StringVar(&p.name, "name", "program", "its `name` in the matrix")
	flags.StringVar(&p.framework, "framework", "", "what it is made with")
	flags.Var(&p.have, "have", "its `capabilities` besides lifecycle and process")
	flags.StringVar(&p.routes, "routes", "/process/{item_id}", "how it writes a `route`: /process/{item_id}, /process/:item_id or /process/<item_id>")
	flags.StringVar(&p.wildcards, "wildcards", "", "how it writes a `route` with a wildcard, such as /files/*path, /files/* or /files/<path:path>, if not as --routes writes a parameter")
	flags.StringVar(&p.exclude, "exclude-variable", "", "the `variable` of its exclusion rules, for the capability exclusion rules")
}

// parameters is what stands around a parameter's name, by the form that
// --routes names.
var parameters = map[string][2]string{
	"/process/{item_id}": {"{", "}"},
	"/process/:item_id":  {":", ""},
	"/process/<item_id>": {"<", ">"},
}

// wildcardRoute begins the route that --wildcards names.
const wildcardRoute = "/files/"

// template writes a route with braces as the program does.
func (p *program) template(route string) string {
	around := parameters[p.routes]
	var written strings.Builder
	for {
		before, rest, found := strings.Cut(route, "{")
		written.WriteString(before)
		if !found {
			return written.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		wildcard, isWildcard := strings.CutSuffix(name, "...")
		switch {
		case isWildcard && p.wildcards != "":
			// The name of the example's is "path".
			form := strings.TrimPrefix(p.wildcards, wildcardRoute)
			if last := strings.LastIndex(form, "path"); last >= 0 {
				form = form[:last] + wildcard + form[last+len("path"):]
			}
			written.WriteString(form)
		case isWildcard && p.routes != "/process/{item_id}":
			written.WriteString(around[0] + wildcard + around[1])
		default:
			written.WriteString(around[0] + name + around[1])
		}
		route = after
	}
}

// defaultReceiver is where collectors receive.
const defaultReceiver = "127.0.0.1:4317"

// isGiven tells whether a program is to be judged, and not what comes with
// compare.
func (p *program) isGiven() bool { return p.command != "" || p.url != "" }

// isRunning tells whether the program runs already.
func (p *program) isRunning() bool { return p.command == "" }

// validate also finds the address in the URL.
func (p *program) validate() error {
	if p.receiver != defaultReceiver && (p.url == "" || !p.isRunning()) {
		return errors.New("--receiver is for a program that runs already: it needs --url, and no --exec")
	}
	if !p.isGiven() {
		return nil
	}
	for _, capability := range p.have {
		if !slices.Contains(conformance.Capabilities(), conformance.Capability(capability)) {
			return fmt.Errorf("--have: there is no capability %q, want some of %q", capability, conformance.Capabilities())
		}
	}
	if _, ok := parameters[p.routes]; !ok {
		return fmt.Errorf("--routes: got %q, want /process/{item_id}, /process/:item_id or /process/<item_id>", p.routes)
	}
	if p.wildcards != "" && (!strings.HasPrefix(p.wildcards, wildcardRoute) || p.wildcards == wildcardRoute) {
		return fmt.Errorf("--wildcards: got %q, want a route such as /files/*path", p.wildcards)
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

// options tell the suite where the program is.
func (p *program) options() []conformance.Option {
	var options []conformance.Option
	if p.addr != "" {
		options = append(options, conformance.WithAddress(p.addr))
	}
	if p.isGiven() && p.isRunning() {
		options = append(options, conformance.WithReceiver(p.receiver))
	}
	return options
}

// subject is the program as the suite judges it. It has what is said of it and,
// unless it runs already, a process with a life cycle, which the contract asks
// for.
func (p *program) subject() conformance.Subject {
	var has []conformance.Capability
	for _, capability := range p.have {
		has = append(has, conformance.Capability(capability))
	}
	starter := conformance.Running()
	if !p.isRunning() {
		has = append(has, conformance.Lifecycle, conformance.Process)
		// The shell gives way to the program, so that signals reach it.
		starter = conformance.Command("sh", "-c", "exec "+p.command)
	}
	return conformance.Subject{
		Name: p.name, Framework: p.framework,
		Starter:         starter,
		Has:             has,
		Template:        p.template,
		ExcludeVariable: p.exclude,
	}
}
