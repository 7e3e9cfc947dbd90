"""An attacker, written independently of the engine that he attacks.

He holds what was published: the shown values as they were displayed, which cells are missing, how
cells add up, that counts are whole, and the text of the rules. From that he derives the least and
the greatest value each hidden cell can have. What he concludes:

* **Relations** (`blocks`, `bounds`): every sum, set, breakdown, rate and earlier figure is an
  equation; what is shown rounded lies within half a unit of the last place shown.
* **The rules are public.** A count that is shown although it was rounded is 0 or at least the
  minimum count. A hidden count is not hidden for nothing: cells that share no equation with a
  sensitive one would have been shown. So *each block contains a cell that the rules hide*.
* **Blocks are not what rows seem to connect** (`blocks`): a sum of two sums connects nothing new.
  Only if no set of equations separates two hidden cells are they one block; the hidden cells of
  different blocks were chosen for different reasons, and each block has its own sensitive cell.
* **Insiders**: one who knows one hidden cell (an office its own figure, a person the only case in
  an area) knows it exactly, and all of the above.
* **Earlier releases and other audiences**: a cell that was ever shown is known; what was hidden
  then, and did not change, is one unknown with what is hidden now. Cells that were hidden together
  in an earlier release contained a sensitive one by what was known *then*; a block of today may
  have swallowed that of yesterday, the knowledge stays.
* **He could run the engine himself** (`simulation`): a table for which the engine would have hidden
  other cells is not the true one. No suppression that minimises a loss computed from hidden values
  withstands that for all tables (Wong, Fu, Wang, Pei, "Minimality Attack in Privacy Preserving Data
  Publishing", VLDB 2007). It is measured, not demanded.

`enumeration` lists all whole-numbered tables that fit a publication, to check the attacker himself.
"""
