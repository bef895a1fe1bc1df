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
	url, addr                string
	have                     list
	routes, exclude          string
}

func (p *program) flags(flags *flag.FlagSet) {
	flags.StringVar(&p.command, "exec", "", "judge the program that this shell `command` starts, which must end at SIGTERM")
	flags.StringVar(&p.url, "url", "", "the `URL` at which it answers, if it does not listen where SAMESPAN_ADDR says")
	flags.StringVar(&p.name, "name", "program", "its `name` in the matrix")
	flags.StringVar(&p.framework, "framework", "", "what it is made with")
	flags.Var(&p.have, "have", "its `capabilities` besides lifecycle and process")
	flags.StringVar(&p.routes, "routes", "/process/{item_id}", "how it writes a `route`: /process/{item_id}, /process/:item_id or /process/<item_id>")
	flags.StringVar(&p.exclude, "exclude-variable", "", "the `variable` of its exclusion rules, for the capability exclusion rules")
}

// templates rewrite a route with braces, by the form that --routes names.
var templates = map[string]func(string) string{
	"/process/{item_id}": nil,
	"/process/:item_id":  strings.NewReplacer("{", ":", "}", "", "...", "").Replace,
	"/process/<item_id>": strings.NewReplacer("{", "<", "}", ">", "...", "").Replace,
}

// validate also finds the address in the URL.
func (p *program) validate() error {
	if p.command == "" {
		if p.url != "" {
			return errors.New("--url needs --exec with the command that starts the program")
		}
		return nil
	}
	for _, capability := range p.have {
		if !slices.Contains(conformance.AllCapabilities, conformance.Capability(capability)) {
			return fmt.Errorf("--have: there is no capability %q, want some of %q", capability, conformance.AllCapabilities)
		}
	}
	if _, ok := templates[p.routes]; !ok {
		return fmt.Errorf("--routes: got %q, want /process/{item_id}, /process/:item_id or /process/<item_id>", p.routes)
	}
	if p.url == "" {
		return nil
	}
	parsed, err := url.Parse(p.url)
	if err != nil {
		return fmt.Errorf("--url: %w", err)
	}
	if parsed.Scheme != "http" || parsed.Port() == "" || strings.Trim(parsed.Path, "/") != "" {
		return fmt.Errorf("--url: got %q, want http://host:port", p.url)
	}
	p.addr = parsed.Host
	return nil
}

// subject is the program as the suite judges it. It has what is said of it and
// a process with a life cycle, which the contract asks for.
func (p *program) subject() conformance.Subject {
	capabilities := make(conformance.Capabilities)
	for _, capability := range conformance.AllCapabilities {
		capabilities[capability] = slices.Contains(p.have, string(capability))
	}
	capabilities[conformance.Lifecycle], capabilities[conformance.Process] = true, true
	return conformance.Subject{
		Name: p.name, Framework: p.framework,
		// The shell gives way to the program, so that signals reach it.
		Starter:         conformance.Command("sh", "-c", "exec "+p.command),
		Capabilities:    capabilities,
		Template:        templates[p.routes],
		ExcludeVariable: p.exclude,
	}
}
