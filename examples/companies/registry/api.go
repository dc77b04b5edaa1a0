package main

import (
	_ "embed"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

//go:embed companies.json
var companiesJSON []byte

// company is a company's members, as the registry has them.
type company map[string]jsontext.Value

func (c company) number() string {
	var number string
	_ = json.Unmarshal(c["number"], &number) // newAPI has seen that it is one
	return number
}

// only returns the number and the members that fields names.
func (c company) only(fields string) company {
	if fields == "" {
		return c
	}
	picked := company{"number": c["number"]}
	for name := range strings.SplitSeq(fields, ",") {
		if value, ok := c[name]; ok {
			picked[name] = value
		}
	}
	return picked
}

// api answers
//
//	GET /v1/companies/NUMBER   one company
//	GET /v1/companies          a page of them, by number, and where the next is
//
// With fields=a,b it sends these members alone, and the number.
type api struct {
	*http.ServeMux
	companies []company // by number
}

func newAPI() (*api, error) {
	a := &api{ServeMux: http.NewServeMux()}
	if err := json.Unmarshal(companiesJSON, &a.companies); err != nil {
		return nil, err
	}
	for _, c := range a.companies {
		if len(c.number()) != 8 {
			return nil, fmt.Errorf("%s is not the number of a company", c["number"])
		}
	}
	slices.SortFunc(a.companies, func(a, b company) int { return strings.Compare(a.number(), b.number()) })
	a.HandleFunc("GET /v1/companies/{number}", a.one)
	a.HandleFunc("GET /v1/companies", a.page)
	return a, nil
}

func (a *api) one(w http.ResponseWriter, r *http.Request) {
	at := slices.IndexFunc(a.companies, func(c company) bool { return c.number() == r.PathValue("number") })
	if at < 0 {
		answer(w, http.StatusNotFound, map[string]string{"message": "there is no such company"})
		return
	}
	answer(w, http.StatusOK, a.companies[at].only(r.URL.Query().Get("fields")))
}

const maxPage = 100

func (a *api) page(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	limit, err := strconv.Atoi(query.Get("limit"))
	if err != nil || limit < 1 || limit > maxPage {
		limit = maxPage
	}
	page := struct {
		Items []company `json:"items"`
		Next  *string   `json:"next"`
	}{Items: []company{}}
	for _, c := range a.companies {
		if c.number() <= query.Get("after") {
			continue
		}
		if len(page.Items) == limit {
			next := after(r.URL, page.Items[limit-1].number())
			page.Next = &next
			break
		}
		page.Items = append(page.Items, c.only(query.Get("fields")))
	}
	answer(w, http.StatusOK, page)
}

// after returns where the page after a number is.
func after(u *url.URL, number string) string {
	query := u.Query()
	query.Set("after", number)
	return u.Path + "?" + query.Encode()
}

func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.MarshalWrite(w, value) // who asked is gone
}
