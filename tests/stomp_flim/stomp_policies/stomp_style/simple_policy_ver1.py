"""Simple policy 1 as a file for STOMP: the head of the queue waits for its fastest server type."""

from stomp import BaseSchedulingPolicy


class SchedulingPolicy(BaseSchedulingPolicy):
    """The head of the queue blocks until a server of its best type is free."""

    def init(self, servers, stomp_stats, stomp_params):
        """Keep the servers."""
        self.servers = servers
        self.stomp_stats = stomp_stats
        self.stomp_params = stomp_params

    def assign_task_to_server(self, sim_time, tasks):
        """Give the head of the queue to the first free server of its best type."""
        if len(tasks) == 0:
            return None
        best_type = tasks[0].mean_service_time_list[0][0]
        for server in self.servers:
            if server.type == best_type and not server.busy:
                server.assign_task(sim_time, tasks.pop(0))
                return server
        return None

    def remove_task_from_server(self, sim_time, server):
        """Do nothing."""

    def output_final_stats(self, sim_time):
        """Do nothing."""
