package rdfc

import "strconv"

// issuer is an identifier issuer (sections 4.3 and 4.5): it numbers blank nodes
// in the order they are first met. Where the standard copies an issuer to try
// something and throws the copy away, this one is rewound.
type issuer struct {
	prefix string
	number []int32 // by node: one more than its number, zero if it has none
	order  []node  // the nodes that have a number, in that order
}

func newIssuer(prefix string, nodes int) issuer {
	return issuer{prefix: prefix, number: make([]int32, nodes), order: make([]node, 0, nodes)}
}

func (i *issuer) has(n node) bool { return i.number[n] != 0 }

// issue gives each node a number unless it has one.
func (i *issuer) issue(nodes ...node) {
	for _, n := range nodes {
		if !i.has(n) {
			i.order = append(i.order, n)
			i.number[n] = int32(len(i.order))
		}
	}
}

// rewind takes back all but the first numbers issued.
func (i *issuer) rewind(length int) {
	for _, n := range i.order[length:] {
		i.number[n] = 0
	}
	i.order = i.order[:length]
}

// appendLabel writes the identifier issued to n, without "_:".
func (i *issuer) appendLabel(dst []byte, n node) []byte {
	return strconv.AppendInt(append(dst, i.prefix...), int64(i.number[n])-1, 10)
}
